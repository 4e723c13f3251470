"""The site: these pages, the notebooks as they were executed, the Python package by its docstrings.

`make docs` builds it into target/docs; a link that leads nowhere is an error.
"""

import re
from pathlib import Path

from pygments.lexers import RustLexer, TextLexer
from sphinx.highlighting import lexers

root = Path(__file__).resolve().parents[1]
project = "wattshift"
release = re.search(r'^version = "(.+)"', (root / "Cargo.toml").read_text(), re.M)[1]

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "notebooks/*",
    "data/README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
]
exclude_patterns = ["docs/requirements.txt", "**/.ipynb_checkpoints"]

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
# Its outputs are committed, and the tests hold them to the package.
nb_execution_mode = "off"
autodoc_typehints = "signature"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = f"wattshift {release}"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False

lexers["csv"] = TextLexer()
lexers["rust,ignore"] = RustLexer()


def with_pages_beside(app, name, text):
    """A README lists the pages of its folder in words; the site's menu has them too."""
    if name in ("docs/models/README", "docs/vendors/README", "docs/adr/README", "notebooks/README"):
        text[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n[!R]*\n```\n"


def setup(app):
    app.connect("source-read", with_pages_beside)
