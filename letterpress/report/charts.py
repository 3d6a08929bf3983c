"""The report's charts for Plotly, each with a sentence and a table that say the same."""

import html
import json

import plotly.graph_objects as go

FONT = "system-ui, sans-serif"
BLUE, ORANGE = "#4878b0", "#d1782c"


def chart(title: str, figure: go.Figure, says: str, header: list[str], rows: list[list]) -> dict:
    """What the page needs of a chart: Plotly's own JSON, and for those who cannot see it a sentence and a table."""
    figure.update_layout(
        template=None,
        font={"family": FONT, "size": 13},
        margin={"l": 60, "r": 20, "t": 36, "b": 50},  # above, Plotly's buttons
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="closest",
    )
    return {
        "title": title,
        "figure": json.loads(figure.to_json()),
        "says": says,
        "table": {"header": header, "rows": rows},
    }


def learning_curves(histories: dict[str, dict[str, list]]) -> dict:
    """Accuracy by epoch, a colour a member: dotted on training images, drawn through on validation images."""
    figure, rows = go.Figure(), []
    for i, (key, history) in enumerate(histories.items()):
        colour = f"hsl({(210 + i * 137.5) % 360:.0f}, 55%, 50%)"
        for part, dash in (("accuracy", "dot"), ("validation_accuracy", "solid")):
            figure.add_scatter(
                x=history["epoch"],
                y=history[part],
                name=key,
                legendgroup=key,
                showlegend=dash == "solid",
                mode="lines",
                line={"color": colour, "dash": dash, "width": 1.2 if dash == "dot" else 2},
                hovertemplate=f"{key}, {'training' if dash == 'dot' else 'validation'}<br>"
                "epoch %{x}: %{y:.4f}<extra></extra>",
            )
        rows.append([key, len(history["epoch"]), _last(history["accuracy"]), _last(history["validation_accuracy"])])
    figure.update_layout(xaxis_title="epoch", yaxis_title="accuracy")  # not from 0: late epochs differ by little
    says = "Accuracy by epoch of every member, on its training images (dotted) and on its validation images."
    return chart("Learning curves", figure, says, ["member", "epochs", "training", "validation"], rows)


def reliability(bins: list[dict[str, float]]) -> dict:
    """Accuracy by confidence; the nearer to the diagonal, the more the probabilities can be believed."""
    figure = go.Figure()
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot", "color": "#888"}, hoverinfo="skip")
    figure.add_scatter(
        x=[b["confidence"] for b in bins],
        y=[b["accuracy"] for b in bins],
        customdata=[b["images"] for b in bins],
        mode="lines+markers",
        marker={"size": [6 + 16 * (b["images"] / max(c["images"] for c in bins)) ** 0.5 for b in bins]},
        line={"color": BLUE},
        hovertemplate="said %{x:.1%}, right %{y:.1%}<br>%{customdata} images<extra></extra>",
    )
    axis = {"range": [0, 1.02], "tickformat": ".0%"}
    figure.update_layout(
        xaxis=axis | {"title": "probability of the answer"}, yaxis=axis | {"title": "answers right"}, showlegend=False
    )
    rows = [[f"{b['confidence']:.1%}", f"{b['accuracy']:.1%}", b["images"]] for b in bins]
    says = "How often answers of a probability are right; on the dotted line, as often as was said."
    return chart("Calibration", figure, says, ["probability", "right", "images"], rows)


def number_of_members(accuracies: list[dict[str, float]]) -> dict:
    """What each further member is worth."""
    figure = go.Figure()
    figure.add_scatter(
        x=[row["members"] for row in accuracies],
        y=[row["accuracy"] for row in accuracies],
        error_y={"array": [row["deviation"] for row in accuracies], "thickness": 1},
        mode="lines+markers",
        line={"color": BLUE},
        hovertemplate="%{x} members: %{y:.4f}<extra></extra>",
    )
    figure.update_layout(xaxis={"title": "members averaged", "dtick": 1}, yaxis_title="accuracy")
    says = (
        f"Accuracy of the mean of some members, drawn at random, on the {accuracies[0]['images']:,} images that the "
        "most members judged unseen; whiskers are deviations over draws."
    )
    rows = [[row["members"], row["accuracy"], row["deviation"]] for row in accuracies]
    return chart("Accuracy by number of members", figure, says, ["members", "accuracy", "deviation"], rows)


def agreement(keys: list[str], shares: list[list[float | None]]) -> dict:
    """Members that err in the same way add little to each other."""
    text, style = "%{x} and %{y}: %{z:.2%}<extra></extra>", {"tickformat": ".2~%"}
    others = [[None if i == j else share for j, share in enumerate(row)] for i, row in enumerate(shares)]
    figure = go.Figure(go.Heatmap(z=others, x=keys, y=keys, colorscale="Blues", colorbar=style, hovertemplate=text))
    figure.update_layout(yaxis={"autorange": "reversed"})
    shown = [["" if share is None else f"{share:.2%}" for share in row] for row in shares]
    rows = [[key, *row] for key, row in zip(keys, shown, strict=True)]
    says = "For every two members the share of images, judged unseen by both, that they give the same answer for."
    return chart("Agreement between members", figure, says, ["", *keys], rows)


def class_balance(balance: dict[str, int]) -> dict:
    """Labelled images by class."""
    names = [html.escape(name) for name in balance]
    figure = go.Figure(
        go.Bar(x=names, y=list(balance.values()), marker={"color": BLUE}, hovertemplate="%{x}: %{y}<extra></extra>")
    )
    figure.update_layout(xaxis={"type": "category"}, yaxis_title="images", bargap=0.15)
    says = f"Labelled images by class: {min(balance.values()):,} to {max(balance.values()):,}."
    return chart("Images by class", figure, says, ["class", "images"], [list(row) for row in balance.items()])


def _last(values: list[float | None]) -> str:
    return f"{values[-1]:.4f}" if values and values[-1] is not None else ""
