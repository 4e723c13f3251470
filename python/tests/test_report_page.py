"""The page of a run in a real browser: it asks nothing of any other place, and its slider works.

Needs Chromium and its driver (Debian: ``chromium chromium-driver``). Where they are not installed the tests
say so and are skipped; with ``WATTSHIFT_BROWSER=required`` that is a failure.
"""

import base64
import json
import os
import re
import shutil

import pytest

STUDIES = ["default", "sector_2027", "core_scientific", "models"]
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser():
    """A browser that keeps what pages log and what they ask for."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        told = "NO BROWSER: the page of a run is not tested; install chromium and chromium-driver"
        assert os.environ.get("WATTSHIFT_BROWSER") != "required", told
        pytest.skip(told)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield browser
    browser.quit()


@pytest.fixture(scope="module", params=STUDIES)
def page(request, command, tmp_path_factory):
    """The page of a run of a study."""
    folder = tmp_path_factory.mktemp("run") / request.param
    paths = 65_536 if request.param == "models" else 4_096
    command("run", request.param, "--paths", paths, "--out", folder, "--report", "--quiet")
    return folder / "report.html"


def open_anew(browser, page):
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.set_window_size(1100, 900)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    browser.get(page.as_uri())
    return browser


@pytest.fixture
def opened(browser, page):
    """The page, opened anew."""
    return open_anew(browser, page)


def all_of(browser, selector):
    return browser.find_elements("css selector", selector)


def live(browser):
    return browser.execute_script(
        "return [...document.querySelectorAll('[data-table]')].map(cell => cell.textContent)"
    )


def test_nothing_is_logged_and_nothing_but_the_file_is_asked_for(opened, page):
    events = [json.loads(entry["message"])["message"] for entry in opened.get_log("performance")]
    asked = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert asked == [page.as_uri()]
    assert opened.get_log("browser") == []
    text = page.read_text()
    policy = all_of(opened, "meta[http-equiv=Content-Security-Policy]")[0].get_attribute("content")
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "") and "https://" not in text
    assert len(text) < 1_500_000


def test_the_policy_lets_no_other_script_run(opened):
    """That the policy holds is what the silence of the page proves."""
    opened.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.entered = 1';"
        "document.body.append(s)"
    )
    assert opened.execute_script("return window.entered") is None
    assert any("Content Security Policy" in entry["message"] for entry in opened.get_log("browser"))


def test_the_slider_changes_the_numbers_by_keyboard(opened):
    from selenium.webdriver.common.keys import Keys

    slider = all_of(opened, "#share")[0]
    assert slider.accessible_name == "Share of power diverted to AI/HPC"
    shown, before = all_of(opened, "#share-shown")[0], live(opened)
    first = shown.text
    assert first == slider.get_attribute("aria-valuetext")
    slider.send_keys(Keys.ARROW_RIGHT)
    assert shown.text != first and shown.text == slider.get_attribute("aria-valuetext")
    after = live(opened)
    assert len(before) > 20 and sum(a != b for a, b in zip(before, after, strict=True)) > 15
    # What is shown is what stands in the tables: those of the chosen row.
    expected = opened.execute_script(
        "return [...document.querySelectorAll('[data-table]')].map(cell =>"
        " document.getElementById(cell.dataset.table).tBodies[0]"
        ".rows[document.getElementById('share').value].cells[cell.dataset.column].textContent)"
    )
    assert after == expected
    # The charts mark the chosen share and no other.
    marked = "return getComputedStyle(document.documentElement).getPropertyValue('--s'+{})"
    chosen = int(slider.get_attribute("value"))
    assert opened.execute_script(marked.format(chosen)).strip()
    assert not opened.execute_script(marked.format(chosen - 1)).strip()
    slider.send_keys(Keys.ARROW_LEFT)
    assert live(opened) == before and shown.text == first
    slider.send_keys(Keys.HOME)
    assert shown.text == "0 %"
    assert opened.get_log("browser") == []


def test_of_many_shares_the_drawn_one_that_is_nearest_is_marked(browser, command, tmp_path):
    from selenium.webdriver.common.keys import Keys

    study = tmp_path / "many.toml"
    study.write_text(
        'extends = "default"\nname = "many"\nquestion = "Which share?"\n'
        "shares = { from = 0.0, to = 1.0, step = 0.005 }\n"
    )
    command("run", study, "--paths", 2048, "--out", tmp_path / "run", "--report", "--quiet")
    open_anew(browser, tmp_path / "run" / "report.html")
    assert "Drawn are 51 of the 201 shares" in all_of(browser, "#shares figcaption")[0].text
    marked = (
        "return [...Array(201).keys()].filter(share =>"
        " getComputedStyle(document.documentElement).getPropertyValue('--s' + share).trim())"
    )
    slider = all_of(browser, "#share")[0]
    for shown, drawn in [("20 %", 40), ("20.5 %", 40), ("21 %", 40), ("21.5 %", 44), ("22 %", 44)]:
        assert all_of(browser, "#share-shown")[0].text == shown
        assert browser.execute_script(marked) == [drawn]
        slider.send_keys(Keys.ARROW_RIGHT)


def test_headings_labels_and_tables_are_in_order(opened):
    levels = [int(heading.tag_name[1]) for heading in all_of(opened, "h1, h2, h3, h4, h5, h6")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    ids = opened.execute_script("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    wanted = opened.execute_script(
        "return [...document.querySelectorAll('[aria-labelledby]')]"
        ".flatMap(e => e.getAttribute('aria-labelledby').split(' '))"
        ".concat([...document.querySelectorAll('nav a')].map(a => a.hash.slice(1)))"
        ".concat([...document.querySelectorAll('[data-table]')].map(e => e.dataset.table))"
    )
    assert set(wanted) <= set(ids)
    figures = all_of(opened, "figure")
    assert len(figures) > 10
    for figure in figures:
        drawing = figure.find_element("css selector", "svg")
        assert drawing.get_attribute("role") == "img"
        assert figure.find_elements("css selector", "details table tbody tr")
        assert figure.find_element("css selector", "figcaption").text
    assert all(
        opened.execute_script("return [...document.querySelectorAll('table')].map(t =>"
        " t.caption.textContent.trim().length > 0 && t.tBodies[0].rows.length > 0 &&"
        " [...t.tBodies[0].rows].every(r => r.cells.length === t.tBodies[0].rows[0].cells.length))")
    )
    shares = opened.execute_script(
        "return [...document.querySelectorAll('table')]"
        ".filter(t => t.tHead.rows.length && [...t.tHead.rows].at(-1).cells[0].textContent === 'share')"
        ".flatMap(t => [...t.tBodies[0].rows].map(r => r.cells[0].textContent.trim()))"
    )
    assert "20 %" in shares and all(re.fullmatch(r"[0-9.]+ %\*?", share) for share in shares)
    drawn = opened.execute_script(
        "return [...document.querySelectorAll('svg')].map(s => /NaN|Infinity/.test(s.outerHTML))"
    )
    assert not any(drawn)


def test_it_fits_a_telephone_is_dark_where_asked_and_prints(opened, tmp_path):
    def paper():
        return opened.execute_script("return getComputedStyle(document.body).backgroundColor")

    light = paper()
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    assert paper() != light
    opened.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 380, "height": 800, "deviceScaleFactor": 1, "mobile": True},
    )
    assert opened.execute_script("return document.documentElement.scrollWidth") <= 380
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    # Printed from the dark, it is dark on light, and what is folded is unfolded.
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", **dark})
    assert paper() == "rgb(255, 255, 255)"
    heights = opened.execute_script(
        "return [...document.querySelectorAll('section > details table')].map(t => t.offsetHeight)"
    )
    assert heights and all(height > 0 for height in heights)
    printed = opened.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    pdf = base64.b64decode(printed["data"])
    assert pdf.startswith(b"%PDF") and len(pdf) > 50_000
    assert opened.get_log("browser") == []
