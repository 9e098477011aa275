"""Draws seconds and memory of syncs beside their floors: one SVG, for light and dark pages."""
import json
import math
from xml.sax.saxutils import escape

SYNCS = ("first", "unchanged", "1 % changed")
BARS = (("ours", "this program"), ("store", "floor: read, compare, write one row each"),
        ("read", "floor: download, parse, hash"))
WIDTH, LEFT, RIGHT = 860, 150, 150
BAR, GAP, GROUP = 9, 2, 12
LEAST, MOST = 0.001, 1_000.0

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #24292f }
.small { font-size: 11px; fill: #57606a }
.title { font-size: 15px; font-weight: 600 }
.line { stroke: #d0d7de }
.ours { fill: #0969da } .store { fill: #9ea7b0 } .read { fill: #c8ced6 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 } .line { stroke: #3d444d }
  .ours { fill: #4493f8 } .store { fill: #6a727c } .read { fill: #4a525c }
}
"""


def place(seconds):
    part = (math.log10(seconds) - math.log10(LEAST)) / (math.log10(MOST) - math.log10(LEAST))
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def said(seconds):
    return f"{seconds:.3f}" if seconds < 0.1 else f"{seconds:.2f}" if seconds < 10 else f"{seconds:.0f}"


def bars(result, sync, top):
    """The bars of one sync; gives them with where they end."""
    drawn, y = [], top
    for key, _ in BARS:
        figures = result[sync].get(key)
        if figures is None:
            continue
        end = place(max(figures["wall"], LEAST))
        drawn.append(f'<rect x="{LEFT}" y="{y}" width="{end - LEFT:.1f}" height="{BAR}" class="{key}"/>')
        label = f"{said(figures['wall'])} s" + (f", {figures['mib']:.0f} MiB" if key == "ours" else "")
        drawn.append(text(end + 5, y + BAR, label, "small"))
        y += BAR + GAP
    drawn.append(text(LEFT - 8, (top + y) / 2 + 3, sync, "small", "end"))
    return drawn, y


def draw(source, target):
    with open(source, encoding="utf-8") as file:
        measured = json.load(file)
    drawn, y = [], 92
    for result in measured["syncs"]:
        drawn.append(text(12, y + BAR, f"{result['records']:,}", "title"))
        for sync in SYNCS:
            shapes, y = bars(result, sync, y)
            drawn += shapes
            y += GROUP // 2
        y += GROUP
    lines = []
    for power in range(round(math.log10(LEAST)), round(math.log10(MOST)) + 1):
        x = place(10.0 ** power)
        lines.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="84" y2="{y}" class="line"/>')
        lines.append(text(x, y + 15, f"{10.0 ** power:g} s", "small", "middle"))
    head = [text(12, 24, "A sync of so many records: seconds (logarithmic) and peak memory of the whole process", "title"),
            text(12, 43, f"{measured['machine']}; {measured['date']}; tests/bench all", "small")]
    x = 12
    for key, name in BARS:
        head.append(f'<rect x="{x}" y="58" width="{BAR}" height="{BAR}" class="{key}"/>')
        head.append(text(x + 14, 67, name, "small"))
        x += 34 + 6.1 * len(name)
    body = "\n".join(head + lines + drawn)
    with open(target, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 24}" role="img">'
                   f"<title>Seconds of syncs by records, beside their floors</title>\n<style>{STYLE}</style>\n{body}\n</svg>\n")
