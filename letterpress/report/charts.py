"""The report's charts for Plotly, each with a caption and a table of the same content."""

import html
import json

import plotly.graph_objects as go

from letterpress.evaluation.risk_coverage import find_threshold

FONT = "system-ui, sans-serif"
BLUE = "#4878b0"
MAX_POINTS = 400  # of a curve
ACCURACIES = (0.95, 0.98, 0.99, 0.995, 0.999)  # in the table of thresholds


def make_chart(title: str, figure: go.Figure, caption: str, header: list[str], rows: list[list]) -> dict:
    """Return a chart for the page: Plotly's JSON, and for those who cannot see it a sentence and a table.

    Args:
        title: the heading.
        figure: Plotly's figure; its layout is completed here.
        caption: what the chart shows, one sentence.
        header: the table's columns.
        rows: the table's rows.
    """
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
        "caption": caption,
        "table": {"header": header, "rows": rows},
    }


def learning_curves(histories: dict[str, dict[str, list]]) -> dict:
    """Draw accuracy by epoch, a colour a member: dotted on training images, solid on validation images."""
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
    caption = "Accuracy by epoch of every member, on its training images (dotted) and on its validation images."
    return make_chart("Learning curves", figure, caption, ["member", "epochs", "training", "validation"], rows)


def risk_coverage(points: list[dict[str, float]]) -> dict:
    """Draw the accuracy of the most confident predictions by the share of images that they answer."""
    kept = points[:: max(1, len(points) // MAX_POINTS)]
    kept = kept if kept[-1] is points[-1] else [*kept, points[-1]]
    figure = go.Figure()
    figure.add_scatter(
        x=[point["coverage"] for point in kept],
        y=[point["accuracy"] for point in kept],
        customdata=[point["threshold"] for point in kept],
        mode="lines",
        line={"color": BLUE, "width": 2},
        hovertemplate="%{x:.1%} answered, %{y:.2%} correctly<br>probability from %{customdata:.3f}<extra></extra>",
    )
    figure.update_layout(
        xaxis={"title": "images answered", "tickformat": ".0%", "range": [0, 1.02]},
        yaxis={"title": "accuracy", "tickformat": ".1%"},
    )
    found = {goal: find_threshold(points, goal) for goal in ACCURACIES}
    rows = [
        [f"{goal:.1%}", f"{point['threshold']:.3f}", f"{point['coverage']:.1%}"]
        if point
        else [f"{goal:.1%}", "", "none"]
        for goal, point in found.items()
    ]
    answer = "No threshold gives an accuracy of 99 %."
    if point := found[0.99]:
        answer = (
            f"At a least probability of {point['threshold']:.3f} it answers {point['coverage']:.1%} of the images, "
            "99 % of them correctly."
        )
    caption = f"Accuracy of the most probable predictions, by the share of images that they answer. {answer}"
    return make_chart(
        "Accuracy by images answered", figure, caption, ["accuracy", "probability from", "answered"], rows
    )


def reliability(bins: list[dict[str, float]], before: list[dict[str, float]], temperature: float) -> dict:
    """Draw accuracy by confidence, with the temperature and before it; calibrated ones lie on the diagonal."""
    figure = go.Figure()
    if temperature != 1:
        figure.add_scatter(
            x=[b["confidence"] for b in before],
            y=[b["accuracy"] for b in before],
            mode="lines",
            line={"color": "#999", "width": 1.5, "dash": "dash"},
            hovertemplate="before the temperature: confidence %{x:.1%}, accuracy %{y:.1%}<extra></extra>",
        )
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot", "color": "#888"}, hoverinfo="skip")
    figure.add_scatter(
        x=[b["confidence"] for b in bins],
        y=[b["accuracy"] for b in bins],
        customdata=[b["n"] for b in bins],
        mode="lines+markers",
        marker={"size": [6 + 16 * (b["n"] / max(c["n"] for c in bins)) ** 0.5 for b in bins]},
        line={"color": BLUE},
        hovertemplate="confidence %{x:.1%}, accuracy %{y:.1%}<br>%{customdata} images<extra></extra>",
    )
    axis = {"range": [0, 1.02], "tickformat": ".0%"}
    figure.update_layout(xaxis=axis | {"title": "confidence"}, yaxis=axis | {"title": "accuracy"}, showlegend=False)
    rows = [[f"{b['confidence']:.1%}", f"{b['accuracy']:.1%}", b["n"]] for b in bins]
    caption = "Accuracy of predictions by their probability (confidence); on the dotted line both are equal."
    if temperature != 1:
        caption += f" The dashed line is before the temperature of {temperature:g}."
    return make_chart("Calibration", figure, caption, ["confidence", "accuracy", "images"], rows)


def accuracy_by_ensemble_size(accuracies: list[dict[str, float]]) -> dict:
    """Draw accuracy by the number of members averaged."""
    figure = go.Figure()
    figure.add_scatter(
        x=[row["members"] for row in accuracies],
        y=[row["accuracy"] for row in accuracies],
        error_y={"array": [row["std"] for row in accuracies], "thickness": 1},
        mode="lines+markers",
        line={"color": BLUE},
        hovertemplate="%{x} members: %{y:.4f}<extra></extra>",
    )
    figure.update_layout(xaxis={"title": "members averaged", "dtick": 1}, yaxis_title="accuracy")
    caption = (
        f"Accuracy of the mean of some members, drawn at random, on the {accuracies[0]['n']:,} images with the "
        "most votes; error bars are standard deviations over draws."
    )
    rows = [[row["members"], row["accuracy"], row["std"]] for row in accuracies]
    return make_chart(
        "Accuracy by number of members", figure, caption, ["members", "accuracy", "standard deviation"], rows
    )


def agreement(keys: list[str], fractions: list[list[float | None]]) -> dict:
    """Draw how often every two members predict the same class."""
    hover, colorbar = "%{x} and %{y}: %{z:.2%}<extra></extra>", {"tickformat": ".2~%"}
    others = [[None if i == j else fraction for j, fraction in enumerate(row)] for i, row in enumerate(fractions)]
    figure = go.Figure(
        go.Heatmap(
            z=others,
            x=keys,
            y=keys,
            text=[["" if fraction is None else f"{fraction:.1%}"[:-1] for fraction in row] for row in others],
            texttemplate="%{text}",
            textfont={"size": 13 if len(keys) <= 8 else 9},
            colorscale="Blues",
            colorbar=colorbar,
            hovertemplate=hover,
        )
    )
    figure.update_layout(yaxis={"autorange": "reversed"})
    cells = [["" if fraction is None else f"{fraction:.2%}" for fraction in row] for row in fractions]
    rows = [[key, *row] for key, row in zip(keys, cells, strict=True)]
    caption = "How often every two members predict the same class, in %, on labelled images that neither trained on."
    return make_chart("Agreement between members", figure, caption, ["", *keys], rows)


def class_balance(balance: dict[str, int]) -> dict:
    """Draw the number of labelled images by class."""
    names = [html.escape(name) for name in balance]
    figure = go.Figure(
        go.Bar(x=names, y=list(balance.values()), marker={"color": BLUE}, hovertemplate="%{x}: %{y}<extra></extra>")
    )
    figure.update_layout(xaxis={"type": "category"}, yaxis_title="images", bargap=0.15)
    caption = f"Labelled images by class: {min(balance.values()):,} to {max(balance.values()):,}."
    return make_chart("Images by class", figure, caption, ["class", "images"], [list(row) for row in balance.items()])


def _last(values: list[float | None]) -> str:
    return f"{values[-1]:.4f}" if values and values[-1] is not None else ""
