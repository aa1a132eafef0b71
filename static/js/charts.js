// Charts by uPlot: the power of a tenant, and the curve of a session, which grows while it is watched.
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = (scale, label, extra = {}) => ({
    scale, size: 46, stroke: colour("--app-chart-axis"), font: "12px system-ui", labelFont: "12px system-ui",
    grid: { stroke: colour("--app-chart-grid"), width: 1 }, ticks: { stroke: colour("--app-chart-grid"), width: 1 },
    values: (_, ticks) => ticks.map((tick) => `${tick}${label}`), ...extra,
  });
  const MINUTE = 60;
  const DAY = 86400;
  const timeAxis = () => axis("x", "", {
    size: 32,
    values: [[DAY, "{D} {MMM}", null, null, null, null, null, null, 1], [MINUTE, "{HH}:{mm}", null, null, null, null, null, null, 1], [1, "{HH}:{mm}:{ss}", null, null, null, null, null, null, 1]],
  });
  const sizeOf = (element) => ({ width: Math.max(200, element.clientWidth), height: element.clientHeight - 4 });
  // One or two points alone would stretch over years.
  const twoMinutes = (_, low, high) => (low === null ? [0, 120] : high - low < 120 ? [low, low + 120] : [low, high]);
  const fromZero = (floor) => (_, low, high) => [0, Math.max(floor, (high || 0) * 1.12)];
  const line = (label, scale, stroke, extra = {}) => ({
    label, scale, stroke: colour(stroke), width: 2, spanGaps: true, points: { show: (plot) => plot.data[0].length < 3 }, ...extra,
  });
  const common = (element) => ({ ...sizeOf(element), legend: { show: false }, cursor: { points: { size: 7 } }, padding: [10, 18, 0, 0] });

  function tenantOptions(element) {
    return {
      ...common(element), scales: { x: { range: twoMinutes }, y: { range: fromZero(1) } }, axes: [timeAxis(), axis("y", " kW", { size: 58 })],
      series: [{}, line("Power", "y", "--app-chart-1", { fill: colour("--app-chart-1-fill") })],
    };
  }
  function sessionOptions(element, hasSoc) {
    const series = [{},
      line("Power", "kw", "--app-chart-1", { fill: colour("--app-chart-1-fill") }),
      line("Energy", "kwh", "--app-chart-2")];
    const axes = [timeAxis(), axis("kw", " kW", { size: 58 }), axis("kwh", " kWh", { side: 1, size: 66, grid: { show: false } })];
    if (hasSoc) series.push(line("Battery", "soc", "--app-chart-3", { dash: [6, 4] }));
    return {
      ...common(element), axes, series,
      scales: { x: { range: twoMinutes }, kw: { range: fromZero(1) }, kwh: { range: fromZero(0.5) }, soc: { range: [0, 100] } },
    };
  }

  class Chart {
    constructor(element) {
      this.element = element;
      this.summary = document.getElementById(`${element.id}-summary`);
      this.columns = null;
      this.plot = null;
      this.last = null;
      new ResizeObserver(() => this.plot && this.plot.setSize(sizeOf(element))).observe(element);
      element.addEventListener("live", () => this.load());
      new MutationObserver(() => this.draw(true)).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
      this.load();
    }

    async load() {
      if (this.isLoading) return;
      this.isLoading = true;
      try {
        const query = this.last ? `?after=${encodeURIComponent(this.last)}` : "";
        const answer = await fetch(this.element.dataset.points + query, { headers: { Accept: "application/json" } });
        if (answer.ok) this.take(await answer.json());
      } finally {
        this.isLoading = false;
      }
    }

    take(news) {
      const isSession = this.element.dataset.chart === "session";
      const fresh = isSession ? [news.t, news.power_kw, news.energy_kwh, news.soc] : [news.t, news.power_kw];
      this.columns = news.is_addition && this.columns ? this.columns.map((column, index) => column.concat(fresh[index])) : fresh;
      this.last = news.last || this.last;
      this.describe(news, isSession);
      this.draw(false);
      this.element.dataset.pointCount = String(this.columns[0].length);
    }

    draw(isNew) {
      if (!this.columns || this.columns[0].length === 0) return;
      const hasSoc = this.columns.length > 3 && this.columns[3].some((value) => value !== null);
      const data = this.element.dataset.chart === "session" && !hasSoc ? this.columns.slice(0, 3) : this.columns;
      if (this.plot && !isNew && this.hasSoc === hasSoc) {
        this.plot.setData(data);
        return;
      }
      if (this.plot) this.plot.destroy();
      this.hasSoc = hasSoc;
      const legend = document.getElementById("legend-soc");
      if (legend) legend.hidden = !hasSoc;
      const options = this.element.dataset.chart === "session" ? sessionOptions(this.element, hasSoc) : tenantOptions(this.element);
      this.plot = new uPlot(options, data, this.element);
    }

    describe(news, isSession) {
      if (!this.summary) return;
      const powers = this.columns[1].filter((value) => value !== null);
      if (this.columns[0].length === 0) this.summary.textContent = isSession ? "No meter value has arrived yet." : "No charger has reported its power yet.";
      else if (powers.length === 0) this.summary.textContent = "This charger does not report its power.";
      else {
        const peak = Math.max(...powers).toFixed(1);
        const derived = news.is_derived ? " Power is derived from the meter, because the charger does not report it." : "";
        this.summary.textContent = `Peak ${peak} kW, now ${powers[powers.length - 1].toFixed(1)} kW.${derived}`;
      }
    }
  }

  for (const element of document.querySelectorAll("[data-chart]")) new Chart(element);
})();
