// The manager's desk: the sum of what is selected, and the chart of machine hours in the page's colours.
(function () {
  "use strict";
  var sum = document.querySelector("[data-bulk-sum]");
  function total() {
    var minutes = 0, amount = 0;
    document.querySelectorAll("[data-select-row]:checked").forEach(function (box) { minutes += Number(box.dataset.minutes); amount += Number(box.dataset.amount); });
    sum.textContent = sum.dataset.bulkSum.replace("{hours}", (minutes / 60).toFixed(1)).replace("{amount}", "¥" + amount.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
  }
  if (sum) { document.addEventListener("change", total); total(); }

  var place = document.getElementById("hours-chart"), data = document.getElementById("hours-chart-data"), chart = null;
  if (!place || !data || !window.echarts) return;
  var told = JSON.parse(data.textContent);
  function draw() {
    var dark = document.documentElement.getAttribute("data-bs-theme") === "dark";
    var c = dark ? { t: "#909dad", l: "#2a3441", s: ["#7f9fd4", "#c98f80"], line: "#e0b25e" } : { t: "#5f6b7a", l: "#e2e7ed", s: ["#35598f", "#d3a79e"], line: "#b9770e" };
    var bars = told.series.filter(function (s) { return s.kind === "bar"; }), lines = told.series.filter(function (s) { return s.kind === "line"; });
    if (chart) chart.dispose();
    chart = window.echarts.init(place, null, { renderer: "svg" });
    chart.setOption({
      animation: false, color: c.s, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: c.t, fontSize: 12 },
      grid: { left: 50, right: 46, top: 44, bottom: 30 },
      tooltip: { trigger: "axis", renderMode: "richText", confine: true },
      legend: { top: 10, left: 12, itemWidth: 10, itemHeight: 10, itemGap: 14, textStyle: { color: c.t, fontSize: 12 }, data: bars.map(function (s) { return s.name; }).concat(lines.map(function (s) { return { name: s.name, icon: "path://M0 4h12v2H0z" }; })) },
      xAxis: { type: "category", data: told.labels, axisLine: { lineStyle: { color: c.l } }, axisTick: { show: false }, axisLabel: { color: c.t, fontSize: 11, interval: function (i) { return (told.labels.length - 1 - i) % 3 === 0; } } },
      yAxis: [
        { type: "value", min: 0, axisLabel: { color: c.t, fontSize: 11, formatter: "{value} h" }, splitLine: { lineStyle: { color: c.l } }, splitNumber: 4 },
        { type: "value", min: 0, max: 100, interval: 25, axisLabel: { color: c.t, fontSize: 11, formatter: "{value}%" }, splitLine: { show: false } }
      ],
      series: bars.map(function (s, i) { return { name: s.name, type: "bar", stack: "h", data: s.data, barWidth: 14, itemStyle: { borderRadius: i === bars.length - 1 ? [2, 2, 0, 0] : 0 } }; })
        .concat(lines.map(function (s) { return { name: s.name, type: "line", yAxisIndex: 1, data: s.data, symbol: "circle", symbolSize: 5, lineStyle: { width: 1.8, color: c.line }, itemStyle: { color: c.line } }; }))
    });
  }
  draw();
  document.addEventListener("gy:theme", draw);
  window.addEventListener("resize", function () { if (chart) chart.resize(); });
})();
