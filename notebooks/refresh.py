"""Executes the notebooks and writes them back with their outputs: `make notebooks`.

Named ones alone, or all beside this file. What differs from one execution to the next though the
numbers do not (times, ids, the version of Python) is left out, so that a diff shows what changed.
"""

import base64
import io
import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

HERE = Path(__file__).resolve().parent
NOTEBOOKS = sorted(HERE.glob("*.ipynb"))
# A cell that takes as long hangs.
SECONDS = 120


def executed(path):
    """The notebook with fresh outputs; files that it writes go with a temporary folder."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=SECONDS,
            kernel_name="python3",
            record_timing=False,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": folder}},
        )
        client.execute(env={**os.environ, "IPYTHONDIR": folder})
    return tidied(notebook)


def tidied(notebook):
    """Without what says nothing to a reader, and with ids that follow the place of a cell."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for place, cell in enumerate(notebook.cells):
        cell.id = f"cell-{place}"
        cell.metadata = {}
        if "outputs" in cell:
            cell.outputs = joined(cell.outputs)
        for output in cell.get("outputs", []):
            if "data" in output:
                output.metadata = {}
                if "image/png" in output.data:
                    output.data.pop("text/plain", None)
                    output.data["image/png"] = small(output.data["image/png"])
    return notebook


def joined(outputs):
    """Outputs with what is printed in one piece: where a stream is cut is a matter of time."""
    kept = []
    for output in outputs:
        is_stream = output.output_type == "stream"
        if is_stream and kept and kept[-1].get("name") == output.name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def small(picture):
    """A picture in 64 colours: enough for lines and greys, at a third of the bytes."""
    image = Image.open(io.BytesIO(base64.b64decode(picture)))
    if image.mode == "P":
        return picture
    packed = io.BytesIO()
    image.convert("RGB").quantize(64).save(packed, "png", optimize=True)
    return base64.b64encode(packed.getvalue()).decode()


def main(names):
    for path in [Path(name) for name in names] or NOTEBOOKS:
        started = time.monotonic()
        nbformat.write(executed(path), path)
        took = time.monotonic() - started
        print(f"{path.name}: {took:.0f} s, {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
