// Moments as UTC text, and round moments for the lines of a time axis. Times are microseconds.

const SECOND_US = 1e6;
const DAY_US = 86_400e6;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ROUND_TIMES = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5],
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200].map((s) => s * SECOND_US),
  ...[1, 2, 7, 14, 28, 91, 182, 365].map((days) => days * DAY_US),
];

// `2025-10-09 08:53:20.123`, to the microsecond if it has any.
function moment(micros) {
  const [date, time] = stamp(micros);
  return `${date} ${time}${fraction(micros, 1)}`;
}

function stamp(micros) {
  const date = new Date(Math.floor(micros / 1e3));
  if (Number.isNaN(date.getTime())) return ["out of range", ""];
  const text = date.toISOString();
  const t = text.indexOf("T");
  return [text.slice(0, t), text.slice(t + 1, t + 9)];
}

// What follows the seconds: nothing, milliseconds or microseconds, as the step asks for.
function fraction(micros, step) {
  const part = ((Math.round(micros) % SECOND_US) + SECOND_US) % SECOND_US;
  const digits = String(part).padStart(6, "0");
  if (step >= SECOND_US) return "";
  return `.${step >= 1e3 || digits.endsWith("000") ? digits.slice(0, 3) : digits}`;
}

function dayName(micros) {
  const date = new Date(micros / 1e3);
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`;
}

// The label at a line: the day at midnight, else the time as exact as the step is.
function clockLabel(micros, step) {
  if (step >= DAY_US || Math.abs(micros % DAY_US) < 1) return dayName(micros);
  const [, time] = stamp(micros);
  if (step >= 60 * SECOND_US) return time.slice(0, 5);
  if (step >= SECOND_US) return time;
  // Hours say nothing when milliseconds are looked at.
  return `${time.slice(3)}${fraction(micros, step)}`;
}

// At most `most` round moments from `from` to `to`: `{step, at: […]}`.
function timeLines(from, to, most) {
  const raw = (to - from) / Math.max(1, most);
  const step = ROUND_TIMES.find((step) => step >= raw) ?? Math.ceil(raw / (365 * DAY_US)) * 365 * DAY_US;
  const at = [];
  for (let time = Math.ceil(from / step) * step; time <= to && at.length < 1000; time += step) at.push(time);
  return { step, at };
}

// `08:53:20 to 09:10:00 UTC`, with days when they differ.
function rangeText(from, to) {
  const step = to - from < 10 * SECOND_US ? 1 : SECOND_US;
  const [fromDay, fromTime] = stamp(from);
  const [toDay, toTime] = stamp(to);
  const start = fromTime + fraction(from, step);
  const end = toTime + fraction(to, step);
  return fromDay === toDay ? `${start} to ${end} UTC` : `${fromDay} ${start} to ${toDay} ${end} UTC`;
}

// A time that a line's bucket covers, for tips: no finer than its step.
function bucketText(micros, step) {
  const [date, time] = stamp(micros);
  if (step >= DAY_US && time === "00:00:00") return date;
  const isWholeMinute = step >= 60 * SECOND_US && time.endsWith(":00");
  return `${date} ${isWholeMinute ? time.slice(0, 5) : time + fraction(micros, step)} UTC`;
}
