"""Engraves scores with verovio; run as a program of its own, for a crash of verovio ends it.

Reads one JSON object a line, {"mei": ..., "width": ...}, and answers each with one line: the SVG as
a JSON string, or null if verovio does not take the score.
"""

import json
import sys

import verovio


def main() -> None:
    """Answers line by line until the input ends."""
    toolkit = verovio.toolkit()
    for line in sys.stdin:
        job = json.loads(line)
        toolkit.setOptions(
            {
                "adjustPageHeight": True,
                "breaks": "auto",
                "footer": "none",
                "header": "none",
                "inputFrom": "mei",
                "minLastJustification": 0.6,
                "pageHeight": 60000,
                "pageMarginBottom": 20,
                "pageMarginLeft": 20,
                "pageMarginRight": 20,
                "pageMarginTop": 20,
                "pageWidth": job["width"],
                "removeIds": True,
                "scale": 40,
                "svgFormatRaw": True,
                "svgRemoveXlink": True,
                "svgViewBox": True,
                "xmlIdSeed": 1,
            }
        )
        svg = toolkit.renderToSVG(1) if toolkit.loadData(job["mei"]) else None
        print(json.dumps(svg), flush=True)


if __name__ == "__main__":
    main()
