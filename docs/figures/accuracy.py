#!/usr/bin/env python3
"""Draws docs/figures/accuracy.svg: predicted against measured, and the errors of every row of the published tables.

    docs/figures/accuracy.py path/to/ringside
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = [("calibration", "fitted to"), ("open", "only looked at")]
GROUPS = [("kernel", "one kernel", "#8c8c8c"), ("attention", "attention", "#0072b2"), ("prefill", "prefill", "#e69f00"),
          ("training", "training step", "#009e73"), ("memory", "memory", "#cc79a7")]
WIDTH, HEIGHT, LEFT, TOP, GAP = 400, 300, 60, 96, 70
LIMIT = 0.45  # of the error axis


def rows(program, table):
    answer = json.loads(subprocess.run([program, "reproduce", str(ROOT / f"validation/published/{table}.csv"), "--json"],
                                       capture_output=True, check=True, text=True).stdout)
    return [row for row in answer["rows"] if row["skipped"] is None]


def main():
    out = []
    text = lambda x, y, s, more="": out.append(f'<text x="{x:.1f}" y="{y:.1f}" {more}>{s}</text>')
    line = lambda x1, y1, x2, y2, more: out.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {more}/>')
    text(20, 26, "Predicted against measured, row by row", 'font-weight="bold" font-size="15"')
    text(20, 46, "error of the published value; lines: the stated 90 % interval; hollow: the measurement lies outside of it",
         'fill="#555"')
    x = 20
    for key, title, colour in GROUPS:
        out.append(f'<circle cx="{x + 5}" cy="64" r="4" fill="{colour}"/>')
        text(x + 14, 68, title)
        x += 30 + 8 * len(title)
    for panel, (table, title) in enumerate(TABLES):
        left = LEFT + panel * (WIDTH + GAP)
        data = rows(sys.argv[1], table)
        data.sort(key=lambda row: ([key for key, _, _ in GROUPS].index(row["group"]), row["source"], row["id"]))
        y = lambda error: TOP + HEIGHT / 2 - max(-LIMIT, min(LIMIT, error)) / LIMIT * HEIGHT / 2
        for tick in (-0.4, -0.2, -0.1, 0, 0.1, 0.2, 0.4):
            line(left, y(tick), left + WIDTH, y(tick), f'stroke="{"#555" if tick == 0 else "#ddd"}"')
            text(left - 6, y(tick) + 4, f"{100 * tick:+.0f} %" if tick else "0", 'text-anchor="end" fill="#555"')
        mean = sum(abs(row["error"]) for row in data) / len(data)
        text(left, TOP - 8, f'{table}.csv ({title}): {len(data)} rows, mean error {100 * mean:.1f} %', 'font-weight="bold"')
        for i, row in enumerate(data):
            colour = next(c for key, _, c in GROUPS if key == row["group"])
            px = left + (i + 0.5) * WIDTH / len(data)
            low, high = row["low"] / row["measured"] - 1, row["high"] / row["measured"] - 1
            line(px, y(low), px, y(high), f'stroke="{colour}" stroke-opacity="0.45" stroke-width="2"')
            fill = colour if row["inside"] else "#fff"
            out.append(f'<circle cx="{px:.1f}" cy="{y(row["error"]):.1f}" r="3" fill="{fill}" stroke="{colour}">'
                       f'<title>{row["id"]} {row["source"]}: {100 * row["error"]:+.1f} %</title></circle>')
    width, height = LEFT + 2 * WIDTH + GAP + 20, TOP + HEIGHT + 24
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>')
    (ROOT / "docs/figures/accuracy.svg").write_text(head + "\n" + "\n".join(out) + "\n</svg>\n")


if __name__ == "__main__":
    main()
