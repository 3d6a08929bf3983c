"use strict";
(() => {
  const { charts, classes, counts } = JSON.parse(document.getElementById("embedded").textContent);
  const touch = matchMedia("(hover: none)").matches;  // there Plotly's bar would lie over the charts
  const config = { responsive: true, displaylogo: false, displayModeBar: touch ? false : "hover" };
  const step = 48;
  let limit = step;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  const themed = (layout) => {
    const axis = { gridcolor: colour("--line"), zerolinecolor: colour("--line"), linecolor: colour("--line"), automargin: true };
    const both = {};
    for (const name of ["xaxis", "yaxis"]) both[name] = { ...axis, ...layout[name] };
    return { ...layout, ...both, font: { ...layout.font, color: colour("--ink") } };
  };

  const drawCharts = () => {
    for (const element of document.querySelectorAll("[data-chart]")) {
      const { data, layout } = charts[Number(element.dataset.chart)];
      Plotly.react(element, data, themed(layout), config);
    }
  };

  const groupOf = (name) => name.slice(0, Math.max(0, name.lastIndexOf("/")));
  const filters = {
    all: () => true,
    digits: (name) => /^\p{Nd}$/u.test(name),
    "upper case": (name) => /^\p{Lu}$/u.test(name),
    "lower case": (name) => /^\p{Ll}$/u.test(name),
  };
  const filterNamed = (name) => filters[name] ?? ((className) => `group ${groupOf(className)}` === name);

  const drawConfusion = () => {
    const element = document.getElementById("confusion");
    if (!element) return;
    const filter = filterNamed(document.getElementById("filter").value);
    const errorsOnly = document.getElementById("errors-only").checked;
    const shown = classes.map((name, i) => [name, i]).filter(([name]) => filter(name)).map(([, i]) => i);
    const total = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
    const fraction = (i, j) => (errorsOnly && i === j) || !counts[i][j] ? null : counts[i][j] / total[i];
    const names = shown.map((i) => escape(classes[i]));
    const size = shown.length > 30 ? 9 : 13;
    const axis = { tickmode: "array", tickvals: shown.map((_, k) => k), ticktext: names,
      tickfont: { size }, showgrid: false, zeroline: false, tickangle: Math.max(0, ...names.map((n) => n.length)) > 2 ? 90 : 0 };
    const heatmap = {
      type: "heatmap",
      z: shown.map((i) => shown.map((j) => fraction(i, j))),
      customdata: shown.map((i) => shown.map((j) => [escape(classes[i]), escape(classes[j]), counts[i][j], total[i]])),
      hovertemplate: "%{customdata[0]} predicted as %{customdata[1]}:<br>%{customdata[2]} of %{customdata[3]} images, "
        + "%{z:.1%}<extra></extra>",
      colorscale: dark.matches
        ? [[0, "#2f4f73"], [0.3, "#4f8ac9"], [1, "#e3f1ff"]]
        : [[0, "#bdd5ec"], [0.3, "#5b97cf"], [1, "#0b3a6b"]],
      xgap: 1, ygap: 1, colorbar: { tickformat: ".2~%", thickness: 12 }, hoverongaps: false,
    };
    const layout = { margin: { l: 40, r: 10, t: 36, b: 40 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: "system-ui, sans-serif", size: 13 },
      xaxis: { ...axis, title: { text: "predicted" } },
      yaxis: { ...axis, tickangle: 0, title: { text: "true" }, autorange: "reversed" } };
    element.style.minWidth = shown.length > 30 ? "44rem" : "";  // a phone scrolls sideways to read the labels
    Plotly.react(element, [heatmap], themed(layout), config);
    element.removeAllListeners("plotly_click");
    element.on("plotly_click", ({ points: [point] }) => {
      const [i, j] = point.pointIndex ?? point.pointNumber;
      const select = document.getElementById("pair");
      const pair = `${classes[shown[i]]}\t${classes[shown[j]]}`;
      if ([...select.options].some((option) => option.value === pair)) {
        select.value = pair;
        filterErrors();
        document.getElementById("errors").scrollIntoView({ behavior: "smooth", block: "center" });
      }
    });
  };

  const filterErrors = () => {
    const pair = document.getElementById("pair");
    if (!pair) return;
    const figures = [...document.querySelectorAll("#errors figure")];
    const chosen = figures.filter((figure) => pair.value === "" || figure.dataset.pair === pair.value);
    for (const figure of figures) figure.hidden = true;
    for (const figure of chosen.slice(0, limit)) figure.hidden = false;
    const shown = Math.min(limit, chosen.length);
    document.getElementById("shown").textContent = shown < chosen.length ? `${shown} of ${chosen.length} shown` : `${shown} shown`;
    document.getElementById("more").hidden = shown === chosen.length;
  };

  const draw = () => { drawCharts(); drawConfusion(); };
  draw();
  filterErrors();
  dark.addEventListener("change", draw);
  document.getElementById("filter")?.addEventListener("change", drawConfusion);
  document.getElementById("errors-only")?.addEventListener("change", drawConfusion);
  document.getElementById("pair")?.addEventListener("change", () => { limit = step; filterErrors(); });
  document.getElementById("more")?.addEventListener("click", () => { limit += step; filterErrors(); });
})();
