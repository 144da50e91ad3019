// Round numbers inside [low, high], about `wanted` of them: steps of 1, 2 or 5 times a power of ten.
function linearTicks(low, high, wanted) {
  const raw = (high - low) / wanted, power = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = power * [1, 2, 5, 10].find(function (factor) { return factor * power >= raw * 0.999; });
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

// Powers of ten inside [low, high], each with its double and fivefold where there are few.
function logTicks(low, high) {
  const from = Math.floor(Math.log10(low)), to = Math.ceil(Math.log10(high));
  const every = Math.ceil((to - from) / 6), factors = to - from <= 2 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let power = from; power <= to; power += every)
    factors.forEach(function (factor) { ticks.push(Number((factor * Math.pow(10, power)).toPrecision(12))); });
  const inside = ticks.filter(function (tick) { return tick >= low && tick <= high; });
  return inside.length > 1 ? inside : linearTicks(low, high, 4);
}

// A logarithmic axis suits what is positive and ranges over a factor of more than thirty, the lowest twentieth aside.
function suitsLog(values) {
  const sorted = values.filter(function (value) { return value !== null; }).sort(function (a, b) { return a - b; });
  return sorted.length > 0 && sorted[0] > 0 && sorted[sorted.length - 1] > 30 * sorted[Math.floor(sorted.length / 20)];
}
