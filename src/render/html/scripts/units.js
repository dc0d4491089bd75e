// Shows numbers as people read them: the same texts that the tables have, and scales for axes.

const DURATIONS = [[1, "ns"], [1e3, "µs"], [1e6, "ms"], [1e9, "s"]];
const SIZES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
// The end of an axis on which all is nothing.
const SOME = { count: 5, tokens: 5, ns: 1e9, bytes: 1024, microusd: 1e6, percent: 100 };
const MINUTE = 60e9;
const HOUR = 3600e9;
const DAY = 86_400e9;

function humanise(value, unit) {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return String(value);
  switch (unit) {
    case "count":
    case "tokens":
      return grouped(value);
    case "ns":
      return duration(value);
    case "bytes":
      return byteSize(value);
    case "microusd":
      return dollars(value);
    case "ratio":
      return percent(value * 100);
    case "percent":
      return percent(value);
    case "per_second":
      return rate(value);
    default:
      return plain(value);
  }
}

function duration(nanos) {
  const size = Math.abs(nanos);
  const sign = nanos < 0 ? "-" : "";
  if (size === 0) return "0 s";
  if (size >= 59.995e9) {
    const seconds = Math.round(size / 1e9);
    const [minutes, hours, days] = [60, 3600, 86_400].map((part) => Math.floor(seconds / part));
    const two = (number) => String(number).padStart(2, "0");
    if (hours === 0) return `${sign}${minutes}m ${two(seconds % 60)}s`;
    return hours < 48 ? `${sign}${hours}h ${two(minutes % 60)}m` : `${sign}${days}d ${two(hours % 24)}h`;
  }
  const [scale, name] = DURATIONS.find(([scale]) => size / scale < 999.5) ?? DURATIONS[3];
  if (name === "ns" && Number.isInteger(size)) return `${sign}${size} ns`;
  const value = size / scale;
  return `${sign}${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${name}`;
}

function byteSize(bytes) {
  let size = Math.abs(bytes);
  let scale = 0;
  while (size >= 1023.95 && scale + 1 < SIZES.length) {
    size /= 1024;
    scale += 1;
  }
  const decimals = scale > 0 || !Number.isInteger(size) ? 1 : 0;
  return `${bytes < 0 ? "-" : ""}${size.toFixed(decimals)} ${SIZES[scale]}`;
}

function dollars(microusd) {
  const size = Math.abs(microusd) / 1e6;
  const decimals = size === 0 ? 2 : size < 0.0001 ? 6 : size < 0.001 ? 5 : size < 0.01 ? 4 : size < 0.1 ? 3 : 2;
  return `${microusd < 0 ? "-$" : "$"}${thousands(size.toFixed(decimals))}`;
}

function percent(value) {
  if (value > 0 && value < 0.05) return "<0.1 %";
  return value >= 99.95 && value < 100 ? ">99.9 %" : `${value.toFixed(1)} %`;
}

// What happens less than once in two minutes is told by the hour or the day.
function ratePeriod(size) {
  if (size === 0 || size >= 0.01) return [1, " /s"];
  return size * 3600 >= 0.1 ? [3600, " /h"] : [86_400, " /d"];
}

function rate(value) {
  const [times, name] = ratePeriod(Math.abs(value));
  const scaled = value * times;
  return grouped(times > 1 ? Math.round(scaled * 100) / 100 : scaled) + name;
}

function grouped(value) {
  if (Math.abs(value) < 1) return plain(value);
  const text = Math.abs(value).toFixed(2).replace(/\.?0+$/, "");
  return `${value < 0 ? "-" : ""}${thousands(text)}`;
}

// Five significant digits, no digit before the point ever lost.
function plain(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) {
    const [mantissa, exponent] = value.toExponential(3).split("e");
    return `${mantissa.replace(/\.?0+$/, "")}e${exponent.replace("+", "")}`;
  }
  const limits = [[0.001, 8], [0.01, 7], [0.1, 6], [1, 5], [10, 4], [100, 3], [1000, 2]];
  const decimals = size === 0 ? 0 : (limits.find(([limit]) => size < limit) ?? [0, 1])[1];
  const text = value.toFixed(decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function thousands(digits) {
  const [whole, rest] = digits.split(".");
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return rest === undefined ? apart : `${apart}.${rest}`;
}

// The microseconds of the time axes as a duration.
function span(micros) {
  return duration(micros * 1e3);
}

// A round length of time without the zeros that say nothing.
function tidySpan(micros) {
  return span(micros).replace(/(\.\d*?)0+ /, "$1 ").replace(/\. /, " ").replace(/ 00[smh]$/, "");
}

// An axis from about `low` to about `high` whose lines stand at round numbers of the unit:
// `{min, max, step, label}`.
function axisFor(low, high, unit, lines) {
  let bottom = Number.isFinite(low) ? low : 0;
  let top = Number.isFinite(high) ? high : 0;
  // A small change far from zero would be flat on an axis from zero.
  if (bottom > 0 && bottom < top * 0.7) bottom = 0;
  if (top < 0 && top > bottom * 0.7) top = 0;
  if (top - bottom < Math.abs(top) * 1e-9 || top === bottom) {
    top = top === 0 ? SOME[unit] ?? 1 : top + Math.abs(top) * 0.1;
    bottom = bottom > 0 || bottom === 0 ? 0 : bottom * 1.1;
  }
  const step = roundStep((top - bottom) / lines, unit, Math.max(Math.abs(top), Math.abs(bottom)));
  const min = Math.floor(bottom / step + 1e-9) * step;
  let max = Math.ceil(top / step - 1e-9) * step;
  if (unit === "ratio" && top <= 1 && max > 1) max = 1;
  if (unit === "percent" && top <= 100 && max > 100) max = 100;
  return { min, max, step, label: axisLabels(unit, step, Math.max(Math.abs(min), Math.abs(max))) };
}

function roundStep(raw, unit, size) {
  if (unit === "bytes") return Math.max(1, 2 ** Math.ceil(Math.log2(raw)));
  if (unit === "ns" && raw > 5e9) {
    const steps = [10e9, 15e9, 30e9, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY];
    return steps.find((step) => step >= raw) ?? decimalStep(raw / DAY) * DAY;
  }
  if (unit === "per_second") {
    const [times] = ratePeriod(size);
    return decimalStep(raw * times) / times;
  }
  const step = decimalStep(raw);
  return unit === "count" || unit === "tokens" ? Math.max(1, step) : step;
}

// The least of 1, 2, 5, 10, 20, 50… that is not less.
function decimalStep(raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  const digit = raw / power;
  return power * (digit <= 1.0001 ? 1 : digit <= 2.0001 ? 2 : digit <= 5.0001 ? 5 : 10);
}

// All labels of an axis are in one scale, with as many decimals as its step needs.
function axisLabels(unit, step, size) {
  const scaled = (scale, name, prefix = "", least = 0) => {
    const decimals = Math.max(least, Math.min(9, Math.ceil(-Math.log10(step / scale) - 1e-9)));
    return (value) => {
      if (Math.abs(value) < step * 1e-6) return `${prefix}0`;
      return `${value < 0 ? "-" : ""}${prefix}${thousands((Math.abs(value) / scale).toFixed(decimals))}${name}`;
    };
  };
  switch (unit) {
    case "ns": {
      if (size >= 120e9) {
        return (value) => (value === 0 ? "0" : tidySpan(value / 1e3));
      }
      const [scale, name] = DURATIONS.findLast(([scale]) => size >= scale) ?? DURATIONS[0];
      return scaled(scale, ` ${name}`);
    }
    case "bytes": {
      const power = Math.min(SIZES.length - 1, Math.floor(Math.log2(Math.max(1, size)) / 10));
      return scaled(1024 ** power, ` ${SIZES[power]}`);
    }
    case "microusd":
      // Cents go in pairs.
      return scaled(1e6, "", "$", step < 1e6 ? 2 : 0);
    case "ratio":
      return scaled(0.01, " %");
    case "percent":
      return scaled(1, " %");
    case "per_second": {
      const [times, name] = ratePeriod(size);
      return scaled(1 / times, name);
    }
    default:
      if (size >= 1e6 && size < 1e15) {
        const [scale, name] = size >= 1e9 ? [1e9, " bn"] : [1e6, " M"];
        return scaled(scale, name);
      }
      return size >= 1e15 ? plain : scaled(1, "");
  }
}
