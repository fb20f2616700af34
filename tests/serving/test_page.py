"""The page: its own files alone, text as text, and a name for whatever can be filled in."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.serving import toys
from tfrnn.serving import pages

FOLDER = Path(pages.__file__).with_name("page")
SCRIPTS = sorted(FOLDER.glob("*.js"))
NODE = shutil.which("node")


class Elements(HTMLParser):
    """The elements of a page: (name, attributes, names of those around)."""

    def __init__(self, text):
        super().__init__()
        self.found, self._around = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs), tuple(self._around)))
        if tag not in ("meta", "link", "input", "br", "img"):
            self._around.append(tag)

    def handle_endtag(self, tag):
        assert self._around.pop() == tag, "tags are closed in their order"


@pytest.fixture(scope="module")
def elements():
    return Elements((FOLDER / "index.html").read_text("utf-8")).found


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_write_text_and_never_markup(path):
    source = path.read_text("utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|\beval\b|\bFunction\(|"
        r"DOMParser|createContextualFragment|setHTML|javascript:",
        source,
    )
    assert re.findall(r'"on\w+"', source) == []  # no handler as an attribute
    for imported in re.findall(r'from "(.+?)"', source):
        assert imported.startswith("./")
        assert (FOLDER / imported).is_file()


def test_nothing_comes_from_elsewhere(elements):
    for path in FOLDER.iterdir():
        text = path.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")  # a name
        assert "//" not in re.sub(r"^ *// .*$| // .*$", "", text, flags=re.M)
    for tag, attributes, _ in elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert tag != "style"
        assert tag != "script" or "src" in attributes  # the policy lets no inline script through
        for name in ("src", "href"):
            if attributes.get(name, "").startswith("page/"):
                assert (FOLDER.parent / attributes[name]).is_file()


def test_all_that_is_filled_in_has_a_name(elements):
    fields = [(attributes, around) for tag, attributes, around in elements
              if tag in ("input", "select", "textarea")]  # fmt: skip
    assert len(fields) >= 10
    for attributes, around in fields:
        assert "label" in around, attributes
    assert ("html", {"lang": "en"}, ()) in elements
    assert any(tag == "meta" and found.get("name") == "viewport" for tag, found, _ in elements)
    assert [tag for tag, *_ in elements].count("h1") == 1


def test_every_template_that_a_script_asks_for_exists(elements):
    there = {attributes["id"] for tag, attributes, _ in elements if tag == "template"}
    lists = re.findall(r"fields: \[(.*?)\]", "".join(path.read_text() for path in SCRIPTS))
    asked = {name for found in lists for name in re.findall(r'"(\w+)"', found)}
    assert asked <= there
    assert there == asked | {"frame"}


def test_all_files_are_served(client):
    assert client.get("/").content == (FOLDER / "index.html").read_bytes()
    for path in FOLDER.iterdir():
        found = client.get(f"/page/{path.name}")
        assert found.content == path.read_bytes()
    assert client.get("/page/app.js").headers["content-type"].startswith("text/javascript")


def run(script):
    """Runs a module beside those of the page, and returns what it prints as JSON."""
    options = {"cwd": FOLDER, "input": script, "capture_output": True, "text": True}
    done = subprocess.run([NODE, "--input-type=module", "--no-warnings", "-"], **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_events_are_read_however_they_are_cut():
    written = 'event: start\ndata: {"way": "grown"}\n\ndata: {"text": "é𝄞\\n\\n"}\n\n'
    written += "event: end\ndata: {}\n\n"
    found = run(f"""
import {{ readFileSync }} from "node:fs";
const source = readFileSync("api.js", "utf-8");
const {{ events }} = await import("data:text/javascript," + encodeURIComponent(source));
const bytes = new TextEncoder().encode({json.dumps(written)});
const all = [];
for (const size of [1, 7, 1000]) {{
  const parts = [];
  for (let i = 0; i < bytes.length; i += size) parts.push(bytes.slice(i, i + size));
  const read = [];
  for await (const event of events(new Blob(parts).stream())) read.push(event);
  const start = (c) => {{ parts.forEach((part) => c.enqueue(part)); c.close(); }};
  const one = new ReadableStream({{ start }});
  for await (const event of events(one)) read.push(event);
  all.push(read);
}}
console.log(JSON.stringify(all));
""")
    events = [
        {"name": "start", "data": {"way": "grown"}},
        {"name": "", "data": {"text": "é𝄞\n\n"}},
        {"name": "end", "data": {}},
    ]
    assert found == [events * 2] * 3


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_can_be_read(path):
    options = {"input": path.read_text("utf-8"), "capture_output": True, "text": True}
    done = subprocess.run([NODE, "--input-type=module", "--check", "-"], **options)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_a_browser_shows_panels_and_names_as_text(exports, tmp_path):
    """The scripts run under the policy, and a name that is markup is shown as it is written."""
    odd = tmp_path / "<b onclick=x>"
    shutil.copytree(exports / "letters", odd)
    with toys.listening(toys.opened(odd)) as url:
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu"]
        command += [f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000"]
        done = subprocess.run(
            [*command, "--dump-dom", url], capture_output=True, text=True, timeout=60
        )
    assert "One model is served." in done.stdout
    assert "Continue a text — &lt;b onclick=x&gt;" in done.stdout
    assert "<b onclick" not in done.stdout
