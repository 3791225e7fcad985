// Draws the charts that charts.py describes and sorts tables. Loads nothing.
"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const drawn = [];
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const narrow = () => window.innerWidth < 640;

  // From the least to the most of all runs, across a bar's end.
  const ranges = {
    id: "ranges",
    afterDatasetsDraw(chart) {
      const { ctx, scales: { x } } = chart;
      ctx.save();
      ctx.strokeStyle = colour("text");
      ctx.globalAlpha = 0.65;
      ctx.beginPath();
      chart.data.datasets.forEach((dataset, at) => {
        const meta = chart.getDatasetMeta(at);
        if (meta.hidden) return;
        dataset.bars.forEach((bar, index) => {
          if (!bar || bar.most <= bar.least) return;
          const y = meta.data[index].y, from = x.getPixelForValue(bar.least), to = x.getPixelForValue(bar.most);
          const cap = Math.min(3, meta.data[index].height / 3);
          ctx.moveTo(from, y); ctx.lineTo(to, y);
          for (const end of [from, to]) { ctx.moveTo(end, y - cap); ctx.lineTo(end, y + cap); }
        });
      });
      ctx.stroke();
      ctx.restore();
    },
  };

  // The number at a bar's end, where there is room for it: in charts of one series.
  const numbers = {
    id: "numbers",
    afterDatasetsDraw(chart) {
      if (chart.data.datasets.length > 1) return;
      const { ctx, scales: { x } } = chart;
      ctx.save();
      ctx.fillStyle = colour("text");
      ctx.font = `600 12px ${Chart.defaults.font.family}`;
      ctx.textBaseline = "middle";
      chart.data.datasets[0].bars.forEach((bar, index) => {
        if (bar) ctx.fillText(bar.short, x.getPixelForValue(bar.most) + 7, chart.getDatasetMeta(0).data[index].y);
      });
      ctx.restore();
    },
  };

  // Plaintext as a line through the chart, the floor as a mark on each bar that it is the least of.
  const marks = {
    id: "marks",
    afterDatasetsDraw(chart, _, { view }) {
      const { ctx, chartArea: area, scales: { x } } = chart;
      ctx.save();
      ctx.font = `600 12px ${Chart.defaults.font.family}`;
      ctx.lineWidth = 2;
      if (view.line) {
        const at = x.getPixelForValue(view.line.value);
        ctx.strokeStyle = ctx.fillStyle = colour("text");
        ctx.setLineDash([5, 4]);
        ctx.beginPath(); ctx.moveTo(at, area.top - 4); ctx.lineTo(at, area.bottom); ctx.stroke();
        const width = ctx.measureText(view.line.label).width;
        const left = Math.max(area.left, Math.min(at - width / 2, area.right - width));
        ctx.fillText(view.line.label, left, area.top - 10);
      }
      ctx.setLineDash([]);
      ctx.fillStyle = colour("floor");
      const bars = chart.getDatasetMeta(view.series.length - 1);  // both legs: the floor is one of both
      let named = false;
      (view.floors || []).forEach((value, index) => {
        if (value === null || bars.hidden) return;
        const at = x.getPixelForValue(value), { y: middle, height } = bars.data[index];
        for (const [width, tone] of [[5, "card"], [2, "floor"]]) {
          ctx.lineWidth = width;
          ctx.strokeStyle = colour(tone);
          ctx.beginPath(); ctx.moveTo(at, middle - height / 2 - 2); ctx.lineTo(at, middle + height / 2 + 2); ctx.stroke();
        }
        if (named) return;
        named = true;
        ctx.textAlign = at > (area.left + area.right) / 2 ? "right" : "left";
        ctx.fillText(view.series.length > 1 ? "│ floor of both legs" : "│ floor", at, area.top - (view.line ? 26 : 10));
      });
      ctx.restore();
    },
  };

  function datasets(view) {
    return view.series.map(series => ({
      label: series.label,
      bars: series.bars,
      data: series.bars.map(bar => bar && bar.value),
      backgroundColor: series.bars.map(bar => bar && bar.ours ? colour("ours") : colour(`tone${series.tone}`)),
      borderRadius: 3,
      barPercentage: 0.92,
      categoryPercentage: view.series.length > 1 ? 0.8 : 0.72,
      maxBarThickness: 26,
    }));
  }

  function height(chart, view) {
    if (chart.lines) return narrow() ? 300 : 380;
    const lines = Math.max(...chart.categories.map(each => each.length));
    return chart.categories.length * Math.max(view.series.length * 15 + 10, lines * 15 + 12) + 110;
  }

  function options(chart, view) {
    const font = { size: narrow() ? 11 : 12.5 };
    const most = Math.max(...view.series.flatMap(each => each.bars.map(bar => bar ? bar.most : 0)));
    return {
      indexAxis: "y",
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      layout: { padding: { top: 14 + (view.line ? 16 : 0) + (view.floors ? 16 : 0), right: 10 } },
      interaction: { mode: "index", axis: "y", intersect: false },
      scales: {
        x: {
          beginAtZero: true,
          suggestedMax: view.series.length > 1 ? undefined : most * 1.15,
          title: { display: true, text: `${view.unit}: ${view.higherIsBetter ? "more" : "less"} is better`, color: colour("soft"), font },
          ticks: { color: colour("soft"), font, maxTicksLimit: narrow() ? 5 : 9 },
          grid: { color: colour("rule"), drawBorder: false },
        },
        y: {
          ticks: { color: colour("text"), font, autoSkip: false, crossAlign: "far" },
          grid: { display: false, drawBorder: false },
        },
      },
      plugins: {
        legend: { display: view.series.length > 1, position: "bottom", labels: { color: colour("text"), font, boxWidth: 14, boxHeight: 14, useBorderRadius: true } },
        tooltip: {
          callbacks: {
            title: items => chart.categories[items[0].dataIndex].join(", ") + (chart.lines ? " clients" : ""),
            label: item => {
              const bar = item.dataset.bars[item.dataIndex];
              return bar ? `${item.dataset.label ? `${item.dataset.label}: ` : ""}${bar.text}` : "";
            },
          },
        },
        marks: { view },
      },
    };
  }

  function draw(figure, chart, at) {
    const view = chart.views[at];
    const canvas = figure.querySelector("canvas");
    const old = Chart.getChart(canvas);
    if (old) old.destroy();
    canvas.parentElement.style.height = `${height(chart, view)}px`;
    canvas.setAttribute("aria-label", `${figure.dataset.title}: ${view.unit}. The figures are in the table below.`);
    new Chart(canvas, chart.lines ? lines(chart, view) : bars(chart, view));
  }

  // Lines over the number of clients.
  function lines(chart, view) {
    const { scales: { x: figures, y: categories }, ...rest } = options(chart, view);
    return {
      type: "line",
      data: {
        labels: chart.categories.map(each => each[0]),
        datasets: datasets(view).map((each, at) => {
          const tone = colour(["soft", "tone2", "tone1", "tone0"][view.series[at].tone]);
          return { ...each, borderColor: tone, backgroundColor: tone, borderWidth: 2.5, pointRadius: 4, spanGaps: true };
        }),
      },
      options: {
        ...rest,
        indexAxis: "x",
        layout: {},
        interaction: { mode: "index", axis: "x", intersect: false },
        scales: {
          x: { ...categories, title: { ...figures.title, text: "clients" } },
          y: { ...figures, suggestedMax: undefined },
        },
      },
    };
  }

  function bars(chart, view) {
    return {
      type: "bar",
      data: { labels: chart.categories.map(each => [...each]), datasets: datasets(view) },
      options: options(chart, view),
      plugins: [ranges, numbers, marks],
    };
  }

  function redraw() {
    for (const each of drawn) draw(each.figure, each.chart, each.at);
  }

  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    const each = { figure, chart: charts[Number(figure.dataset.chart)], at: 0 };
    drawn.push(each);
    for (const input of figure.querySelectorAll("input")) {
      if (input.checked) each.at = Number(input.value);
      input.addEventListener("change", () => { each.at = Number(input.value); draw(figure, each.chart, each.at); });
    }
    figure.hidden = false;
    draw(figure, each.chart, each.at);
  }

  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  window.matchMedia("(max-width: 639px)").addEventListener("change", redraw);
  // On paper everything is shown, and in the colours of paper.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const each of opened) each.open = true;
  });
  window.addEventListener("afterprint", () => { for (const each of opened) each.open = false; });
  window.matchMedia("print").addEventListener("change", redraw);

  function sort(table, column, header) {
    const down = header.getAttribute("aria-sort") !== "descending" && header.classList.contains("n") ||
      header.getAttribute("aria-sort") === "ascending";
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = row => row.cells[column].dataset.v;
    const numeric = header.classList.contains("n");
    const rows = [...table.tBodies[0].rows].sort((a, b) => {
      const x = key(a), y = key(b);
      if (x === y) return 0;
      if (x === "") return 1;
      if (y === "") return -1;
      const order = numeric ? Number(x) - Number(y) : x.localeCompare(y);
      return down ? -order : order;
    });
    table.tBodies[0].append(...rows);
  }
  for (const table of document.querySelectorAll("table.sortable"))
    [...table.tHead.rows[0].cells].forEach((header, column) =>
      header.firstElementChild.addEventListener("click", () => sort(table, column, header)));
  document.documentElement.dataset.drawn = drawn.length;
})();
