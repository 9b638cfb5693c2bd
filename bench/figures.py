"""From single results to medians, spreads and ratios, and from those to a table. Nothing runs here.

A result is a dictionary: round, scenario, contestant, and either figures (name to number) or
failed (a sentence). Ratios are taken within each round, where both were measured minutes apart at
most, and only then is their median taken: what slows the machine down for a while slows both.
"""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """A median, and between what the single values lay."""

    median: float
    lowest: float
    highest: float
    count: int


def spread(values):
    values = list(values)
    if not values:
        return None
    return Spread(median(values), min(values), max(values), len(values))


def by_round(results, scenario, label, figure):
    """The figure of each round that has it."""
    return {result["round"]: result["figures"][figure] for result in results
            if result["scenario"] == scenario and result["contestant"] == label
            and result.get("figures", {}).get(figure) is not None}


def figure_spread(results, scenario, label, figure):
    return spread(by_round(results, scenario, label, figure).values())


def ratio_spread(results, scenario, label, beside, figure):
    """label's figure divided by beside's, round by round."""
    above = by_round(results, scenario, label, figure)
    below = by_round(results, scenario, beside, figure)
    return spread(above[number] / below[number] for number in sorted(above)
                  if below.get(number))


def failures(results, scenario, label):
    return [result["failed"] for result in results if "failed" in result
            and result["scenario"] == scenario and result["contestant"] == label]


def number_text(value, digits=0):
    return f"{value:,.{digits}f}"


def ratio_text(value):
    """Three digits that mean something, whether it is 0.05 or 27.6."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread_text(found, write):
    if found is None:
        return "-"
    if found.count == 1:
        return write(found.median)
    return f"{write(found.median)} ({write(found.lowest)}..{write(found.highest)})"


def target_verdict(results, target, scale=1.0):
    """The spread that the target is about, and whether its median meets it; (None, None) where it
    was not measured. A target that was measured and failed is not met."""
    if target.beside is None:
        found = figure_spread(results, target.scenario, target.label, target.figure)
        if found:
            found = Spread(found.median * scale, found.lowest * scale, found.highest * scale,
                           found.count)
    else:
        found = ratio_spread(results, target.scenario, target.label, target.beside, target.figure)
    if found is None:
        return None, False if failures(results, target.scenario, target.label) else None
    met = found.median <= target.bound if target.at_most else found.median >= target.bound
    return found, met


def markdown_table(head, rows):
    """Columns after the first are aligned right."""
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def plain_table(head, rows):
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines) + "\n"
