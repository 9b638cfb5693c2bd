"""What `make bench` says: a table of ratios, the targets, the medians; and Markdown of them."""

from figures import (failures, figure_spread, markdown_table, number_text, plain_table,
                     ratio_spread, ratio_text, spread_text, target_verdict)
from scenarios import SCENARIOS, TARGETS

BESIDE = ("nats", "redis", "mosquitto", "bare", "bare-answered", "without")
BESIDE_TITLES = ("/ NATS", "/ Redis", "/ mosquitto", "/ bare", "/ bare, answered", "/ without")


def measured(results):
    """The scenarios that anything is known of, in their order."""
    names = {result["scenario"] for result in results}
    return [scenario for scenario in SCENARIOS if scenario.name in names]


def is_ours(contestant):
    return contestant.dialect == "wiretale"


def figure_text(results, scenario, label, figure):
    found = figure_spread(results, scenario.name, label, figure.key)
    if found is None and failures(results, scenario.name, label):
        return "failed"
    return spread_text(found, lambda value: number_text(value * figure.scale, figure.digits))


def ratio_cell(results, scenario, label, beside, figure):
    if all(contestant.label != beside for contestant in scenario.contestants):
        return ""
    found = ratio_spread(results, scenario.name, label, beside, figure.key)
    if found is None and failures(results, scenario.name, beside):
        return "failed"
    return spread_text(found, ratio_text)


def row_title(scenario, contestant, figure):
    variant = "" if contestant.label == "wiretale" else f" ({contestant.label})"
    sign = ", less is better" if figure.lower_is_better else ""
    return f"{scenario.title}{variant}: {figure.title} ({figure.unit}{sign})"


def ratio_rows(results):
    rows = []
    for scenario in measured(results):
        for figure in scenario.figures:
            for contestant in scenario.contestants:
                if not is_ours(contestant) or contestant.label == "without":
                    continue
                row = [row_title(scenario, contestant, figure),
                       figure_text(results, scenario, contestant.label, figure)]
                row += [ratio_cell(results, scenario, contestant.label, beside, figure)
                        for beside in BESIDE]
                rows.append(row)
    return rows


def ratio_head():
    return ["measured", "wiretale", *BESIDE_TITLES]


def target_ratio_text(value):
    return f"{value:.3f}"


def target_rows(results):
    rows = []
    for target in TARGETS:
        found, met = target_verdict(results, target)
        if found is None and met is None:
            continue
        bound = f"{'at most' if target.at_most else 'at least'} {target.bound:g}"
        # One digit more than in the table: whether 0.496 or 0.504 is what a bound is about.
        write = number_text if target.beside is None else target_ratio_text
        said = "yes" if met else "no"
        rows.append([target.text, spread_text(found, write) if found else "failed",
                     f"{bound} {target.unit}".strip(), said])
    return rows


def target_head():
    return ["target", "figure", "bound", "met"]


def median_rows(results):
    rows = []
    for scenario in measured(results):
        for figure in scenario.figures:
            cells = [f"{contestant.label} "
                     f"{figure_text(results, scenario, contestant.label, figure)}"
                     for contestant in scenario.contestants]
            rows.append([f"{scenario.title}: {figure.title}, {figure.unit}", "; ".join(cells)])
    return rows


def failure_lines(results):
    """And what is to be said of those that did not fail."""
    return [f"round {result['round']}, {result['scenario']}, {result['contestant']}: "
            f"{result.get('failed') or result['remark']}"
            for result in results if result.get("failed") or result.get("remark")]


def machine_line(machine):
    versions = ", ".join(f"{name} {said}" for name, said in machine["versions"].items() if said)
    return (f"{machine['date']}; {machine['cpu']}, {machine['cores']} cores, Linux "
            f"{machine['kernel']}; {versions}. {machine['rounds']} rounds, "
            f"{machine['seconds']:g} s each; median (least..greatest).")


def plain_report(results, machine):
    parts = [plain_table(ratio_head(), ratio_rows(results))]
    if rows := target_rows(results):
        parts.append(plain_table(target_head(), rows))
    parts.append(machine_line(machine) + "\n")
    if lines := failure_lines(results):
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def markdown_report(results, machine):
    parts = [machine_line(machine) + "\n", markdown_table(ratio_head(), ratio_rows(results))]
    if rows := target_rows(results):
        parts.append(markdown_table(target_head(), rows))
    parts.append(markdown_table(["measured", "median (least..greatest) of each"],
                                median_rows(results)))
    if lines := failure_lines(results):
        listed = "\n".join(f"- {line}" for line in lines)
        parts.append(f"Failed, or not as it should be:\n\n{listed}\n")
    return "\n".join(parts)
