// What a shock to factors would change, computed from the `response` of a stress answer: the same formulas as the
// server's, so that a slider can answer while it moves. Pure functions, no page needed.
//
// A response: {betas: {CODE: b}, beta_covariance, factor_covariance (K × K, in the order of betas), residual_variance,
// degrees_of_freedom}, per period of the returns. Moves and changes are fractions of value: -0.1 is −10 %.

export const CONDITIONAL = "conditional";
export const ZERO = "zero";
const OTHERS = [CONDITIONAL, ZERO];
export const HORIZON = 21;
const INTERVAL = 0.95;

/**
 * The answer to shocks {CODE: move} over a horizon of so many periods.
 *
 * The factors that are not shocked move to their mean given the shocks (conditional), or not at all (zero). The variance
 * has three parts: those other factors around their mean, the betas' errors, and what no factor explains. Kupiec (1998),
 * J. Derivatives 6. value: what is held, in money, or null. Throws RangeError for a code, a size, others or a horizon
 * that the server would refuse too, and where the shocked factors cannot be told apart.
 */
export function stressed(response, shocks, { others = CONDITIONAL, horizon = HORIZON, value = null } = {}) {
  const codes = Object.keys(response.betas);
  const betas = codes.map((code) => response.betas[code]);
  const sigma = response.factor_covariance;
  checked(codes, shocks, others, horizon);
  const given = Object.keys(shocks).map((code) => codes.indexOf(code));
  const sizes = Object.values(shocks);
  const rest = codes.map((_, k) => k).filter((k) => !given.includes(k));
  const moves = codes.map(() => 0);
  given.forEach((k, i) => { moves[k] = sizes[i]; });

  let ofFactors = 0;
  if (others === CONDITIONAL && rest.length) {
    const slopes = solve(part(sigma, given, given), part(sigma, given, rest));
    rest.forEach((k, j) => { moves[k] = sum(sizes.map((size, i) => size * slopes[i][j])); });
    const explained = multiply(part(sigma, rest, given), slopes);
    const around = part(sigma, rest, rest).map((row, i) => row.map((cell, j) => cell - explained[i][j]));
    ofFactors = horizon * Math.max(quadratic(rest.map((k) => betas[k]), around), 0);
  }
  const ofBetas = Math.max(quadratic(moves, response.beta_covariance), 0);
  const ofResiduals = horizon * response.residual_variance;
  const byFactor = betas.map((beta, k) => beta * moves[k]);
  const change = sum(byFactor);
  const half = tQuantile(response.degrees_of_freedom) * Math.sqrt(ofFactors + ofBetas + ofResiduals);
  return {
    horizon,
    others,
    shocks: { ...shocks },
    factor_moves: named(codes, moves),
    change,
    ci_low: change - half,
    ci_high: change + half,
    by_factor: named(codes, byFactor),
    variance: { factors: ofFactors, betas: ofBetas, idiosyncratic: ofResiduals },
    value_change: value === null ? null : value * change,
  };
}

/** The changes of holdings [{ticker, weight, betas: {CODE: b}}] after moves {CODE: x} of all factors. */
export function stressedHoldings(holdings, moves) {
  return holdings.map(({ ticker, weight, betas }) => ({
    ticker,
    weight,
    change: sum(Object.keys(moves).map((code) => betas[code] * moves[code])),
  }));
}

/** The standard deviation of a factor's moves over a horizon, as the window's covariance has it. */
export function usualMove(response, code, horizon) {
  const k = Object.keys(response.betas).indexOf(code);
  return Math.sqrt(horizon * response.factor_covariance[k][k]);
}

/**
 * A move from what a person typed into a field of per cent: {value: fraction}, {empty: true} or {error: sentence}.
 *
 * A sign % and a real minus are taken; in points (of a factor that is a difference of levels) the number is as it is.
 */
export function readMove(text, code, { points = false } = {}) {
  const bare = String(text).trim().replace(/[−–]/g, "-").replace(/\s*%$/, "");
  if (bare === "") {
    return String(text).includes("%") ? { error: `${code}: write a number before the %.` } : { empty: true };
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(bare) || !Number.isFinite(Number(bare))) {
    return { error: `${code}: “${String(text).trim().slice(0, 40)}” is not a move: write a number such as -10.` };
  }
  if (points) {
    return /%\s*$/.test(String(text))
      ? { error: `${code} moves by points, not by per cent: write ${bare} without the %.` }
      : { value: Number(bare) };
  }
  const value = Number(bare) / 100;
  if (value <= -1) return { error: `${code}: nothing can lose all of its value or more: write more than -100.` };
  return { value };
}

function checked(codes, shocks, others, horizon) {
  const given = Object.entries(shocks);
  if (!given.length) throw new RangeError("No shock is given: move a factor.");
  for (const [code, size] of given) {
    if (!codes.includes(code)) throw new RangeError(`${code} is not a factor of this model: it has ${codes.join(", ")}.`);
    if (!Number.isFinite(size)) throw new RangeError(`${code}: ${size} is not a move.`);
  }
  if (!OTHERS.includes(others)) throw new RangeError(`others ${others} is not known: it can be ${OTHERS.join(" or ")}.`);
  if (!Number.isInteger(horizon) || horizon < 1) {
    throw new RangeError(`horizon is ${horizon}: write a whole number of days, 1 or more.`);
  }
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const named = (codes, numbers) => Object.fromEntries(codes.map((code, k) => [code, numbers[k]]));
const part = (matrix, rows, columns) => rows.map((i) => columns.map((j) => matrix[i][j]));
const multiply = (a, b) => a.map((row) => b[0].map((_, j) => sum(row.map((cell, k) => cell * b[k][j]))));
const quadratic = (vector, matrix) => sum(vector.map((a, i) => a * sum(vector.map((b, j) => matrix[i][j] * b))));

/** The matrix X with A X = B, by elimination with row pivots. Throws RangeError where A is singular. */
export function solve(a, b) {
  const n = a.length;
  const rows = a.map((row, i) => [...row, ...b[i]]);
  for (let k = 0; k < n; k += 1) {
    let pivot = k;
    for (let i = k + 1; i < n; i += 1) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    if (rows[pivot][k] === 0) throw new RangeError("The moved factors cannot be told apart: move fewer.");
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = k + 1; i < n; i += 1) {
      const times = rows[i][k] / rows[k][k];
      for (let j = k; j < rows[i].length; j += 1) rows[i][j] -= times * rows[k][j];
    }
  }
  const x = Array(n);
  for (let k = n - 1; k >= 0; k -= 1) {
    x[k] = b[0].map((_, j) => {
      let left = rows[k][n + j];
      for (let i = k + 1; i < n; i += 1) left -= rows[k][i] * x[i][j];
      return left / rows[k][k];
    });
  }
  return x;
}

const quantiles = new Map();

/** The number that a t variable with so many degrees of freedom (> 0) stays within, either side, in 95 % of cases. */
export function tQuantile(degrees) {
  if (!quantiles.has(degrees)) quantiles.set(degrees, quantile(degrees));
  return quantiles.get(degrees);
}

// P(|T| > t) = I_x(n/2, 1/2) with x = n / (n + t²): found by halving, to the last digit of a double.
function quantile(degrees) {
  const outside = 1 - INTERVAL;
  const beyond = (t) => incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
  let [low, high] = [0, 2];
  while (beyond(high) > outside) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-15 * high; i += 1) {
    const middle = (low + high) / 2;
    if (beyond(middle) > outside) low = middle; else high = middle;
  }
  return (low + high) / 2;
}

// The regularised incomplete beta function by its continued fraction (Abramowitz and Stegun 26.5.8, Lentz's method).
function incompleteBeta(x, a, b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const tiny = 1e-300;
  let [c, d] = [1, 1 / (nonzero(1 - ((a + b) * x) / (a + 1), tiny))];
  let fraction = d;
  for (let m = 1; m < 1000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d, tiny);
    c = nonzero(1 + even / c, tiny);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d, tiny);
    c = nonzero(1 + odd / c, tiny);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return front * fraction;
}

const nonzero = (number, tiny) => (Math.abs(number) < tiny ? tiny : number);

// ln Γ by Stirling's series from 15 on, and by the recurrence below: 1e-15 relative.
function logGamma(z) {
  let [shift, x] = [0, z];
  while (x < 15) {
    shift += Math.log(x);
    x += 1;
  }
  const y = 1 / (x * x);
  const series = (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - (y * 691) / 360360))))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
