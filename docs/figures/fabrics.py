#!/usr/bin/env python3
"""Draws docs/figures/fabrics.svg: three plans on three fabrics, simulated and as the cost model has them.

    docs/figures/fabrics.py path/to/ringside
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "examples/llama-30b-1m-128xh100.toml"
FABRICS = [("rail-optimised, 1:1", []), ("rail-optimised, 4:1", ["--oversubscription", "4"]),
           ("rail-optimised, 1:1, hashed (ECMP)", ["--spine", "hashed"])]
PLANS = [("zigzag-ring", "flat ring", "#8c8c8c"), ("burst", "double ring", "#0072b2"), ("usp", "hybrid 4 x 32", "#e69f00")]
LEFT, TOP, WIDTH, BAR, GAP = 130, 64, 520, 20, 26


def times(program, plan, flags):
    answer = json.loads(subprocess.run([program, "simulate", str(SCENARIO), "--plan", plan, "--json", *flags],
                                       capture_output=True, check=True, text=True).stdout)
    return answer["time"]["value"], answer["analytic"]["value"]


def label(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1e3 * seconds:.0f} ms"


def main():
    data = [(name, [times(sys.argv[1], plan, flags) for plan, _, _ in PLANS]) for name, flags in FABRICS]
    scale = WIDTH / max(max(pair) for _, rows in data for pair in rows)
    out, y = [], TOP
    text = lambda x, y, s, more="": out.append(f'<text x="{x:.0f}" y="{y:.0f}" {more}>{s}</text>')
    text(20, 24, "LLaMA-30B, 1M tokens, 16 nodes of 8 H100: attention of one layer, forward and backward", 'font-weight="bold"')
    text(20, 44, "bar: simulated; line: cost model; * runs best on that fabric", 'fill="#555"')
    for name, rows in data:
        best = min(range(len(rows)), key=lambda i: rows[i][0])
        y += 14
        text(20, y, name, 'font-weight="bold"')
        y += 8
        for i, ((simulated, analytic), (_, title, colour)) in enumerate(zip(rows, PLANS)):
            text(LEFT - 8, y + 15, title, 'text-anchor="end"')
            out.append(f'<rect x="{LEFT}" y="{y}" width="{simulated * scale:.1f}" height="{BAR}" fill="{colour}"/>')
            x = LEFT + analytic * scale
            out.append(f'<line x1="{x:.1f}" y1="{y - 2}" x2="{x:.1f}" y2="{y + BAR + 2}" stroke="#000" stroke-width="2"/>')
            text(LEFT + max(simulated, analytic) * scale + 8, y + 15, label(simulated) + (" *" if i == best else ""),
                 'font-weight="bold"' if i == best else "")
            y += GAP
        y += 10
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{y + 6}" viewBox="0 0 760 {y + 6}" '
            'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>')
    (ROOT / "docs/figures/fabrics.svg").write_text(head + "\n" + "\n".join(out) + "\n</svg>\n")


if __name__ == "__main__":
    main()
