"""The frame and the looks of the gallery: one static page for screen and paper, no scripts."""

from html import escape

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #f6f1e7; --sheet: #fffdf9; --ink: #2a2521; --soft: #7a6f63;
  --line: #e4dac8; --accent: #8a3b1f; --good: #3c6e47; --bad: #a3341f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16140f; --sheet: #1f1c17; --ink: #ebe4d8; --soft: #a2988a;
    --line: #37312a; --accent: #e2a07c; --good: #8fc49b; --bad: #f0907a;
  }
  .score img { filter: invert(1) sepia(.15); }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif;
}
header, main, footer { max-width: 56rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 3.5rem; padding-bottom: 1.5rem; text-align: center; }
h1 { margin: 0; font-size: clamp(2rem, 6vw, 3rem); font-weight: 500; letter-spacing: -.01em; }
header p, footer { color: var(--soft); }
header p { margin: .4rem 0 0; font-style: italic; }
article {
  background: var(--sheet); border: 1px solid var(--line); border-radius: 14px;
  margin: 0 0 1.75rem; padding: 1.6rem clamp(1rem, 4vw, 2.25rem) 1.4rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / .04), 0 8px 24px rgb(60 40 10 / .05);
}
h2 {
  margin: 0; font-size: 1.55rem; font-weight: 500; line-height: 1.25; overflow-wrap: anywhere;
}
h2 .number { color: var(--accent); margin-right: .35em; font-variant-numeric: oldstyle-nums; }
.about { margin: .15rem 0 1rem; color: var(--soft); font-style: italic; }
.score img { display: block; width: 100%; height: auto; }
audio { display: block; width: 100%; height: 2.6rem; margin: 1rem 0 .9rem; }
dl {
  display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.1rem; margin: 0 0 .9rem;
  font-size: .93rem;
}
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.files { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0; padding: 0; list-style: none; }
.files a {
  display: block; padding: .2rem .85rem; border: 1px solid var(--line); border-radius: 99px;
  color: var(--accent); text-decoration: none; font-size: .9rem;
}
.files a:hover, .files a:focus-visible { border-color: var(--accent); }
details { margin-top: .9rem; }
summary { cursor: pointer; color: var(--soft); font-size: .93rem; }
pre {
  margin: .6rem 0 0; padding: .9rem 1rem; border-radius: 8px; background: var(--paper);
  font: .82rem/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
footer { padding-bottom: 3rem; font-size: .88rem; text-align: center; }
@media (max-width: 30rem) {
  header { padding-top: 2rem; }
  header, main, footer { padding-left: .6rem; padding-right: .6rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .35rem; }
}
@media print {
  :root { --paper: #fff; --sheet: #fff; --ink: #000; --soft: #444; --line: #fff; --accent: #000; }
  .score img { filter: none; }
  audio, .files, dl, details, footer { display: none; }
  article { border: 0; box-shadow: none; padding: 0; break-inside: avoid; }
}
"""


def page(title: str, summary: str, articles: list[str]) -> str:
    """Returns the page.

    Args:
        title: Plain text.
        summary: Plain text below it.
        articles: HTML, one for each tune.
    """
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src 'self' file:; media-src 'self' file:;
  style-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
<p>{escape(summary)}</p>
</header>
<main>
{"".join(articles)}</main>
<footer>Scores engraved by verovio. To print the tunes, print this page.</footer>
</body>
</html>
"""
