// Numbers, times and sizes as people read them.

export const nothing = "–";

const units = ["B", "kB", "MB", "GB", "TB", "PB"];

export function bytes(value) {
  let at = 0;
  while (value >= 999.5 && at < units.length - 1) { value /= 1000; ++at; }
  return `${at === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return nothing;
  if (seconds === 0) return "0 s";
  if (seconds < 0.0995) return `${(seconds * 1000).toFixed(seconds < 0.00995 ? 1 : 0)} ms`;
  if (seconds < 59.5) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
  const whole = Math.round(seconds), minutes = Math.floor(whole / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  if (hours === 0) return `${minutes} min ${whole % 60} s`;
  return days === 0 ? `${hours} h ${minutes % 60} min` : `${days} d ${hours % 24} h`;
}

export function rate(value) {
  if (value === null || value === undefined) return nothing;
  return value === 0 || value >= 99.95 ? String(Math.round(value)) : value.toFixed(value < 0.995 ? 2 : 1);
}

export const count = value => value.toLocaleString("en");
export const plural = (value, one, many) => `${count(value)} ${value === 1 ? one : many}`;
export const time = text => (text ? new Date(text).toLocaleString() : nothing);
export const words = name => name.replaceAll("_", " ");
