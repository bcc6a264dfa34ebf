// Written by terraform-provider-cdn: the viewer-request function of an edge split. It decides the side of a request.
// Do not edit it: another version is another function. Weights are in the key value store, and need no new code.
import cf from 'cloudfront';
const crypto = require('crypto');
const config = {};

//common

// The table of weights, or null if this is none that could be followed.
function readTable(value) {
  if (value === null || typeof value !== 'object' || value.weights === null || typeof value.weights !== 'object') {
    return null;
  }
  const generation = value.generation;
  if (typeof generation !== 'number' || Math.floor(generation) !== generation || generation < 1 || generation > 9007199254740991) {
    return null;
  }
  const weights = [];
  let sum = 0;
  for (let i = 0; i < config.sides.length; i++) {
    const given = value.weights[config.sides[i].name];
    const weight = given === undefined ? 0 : given;
    if (typeof weight !== 'number' || Math.floor(weight) !== weight || weight < 0) {
      return null;
    }
    weights.push(weight);
    sum += weight;
  }
  if (sum !== 100) {
    return null;
  }
  return { generation: generation, weights: weights, override: value.override, killed: value.killed === true };
}

// The negative binary logarithm, with 20 fractional bits, of a number in (0, 1] that is made of 26 bits of a hash.
// Everything is an integer below 2^53, so every engine computes the same.
function draw(text) {
  const hash = crypto.createHash('sha256');
  hash.update(text);
  let x = Math.floor(parseInt(hash.digest('hex').slice(0, 7), 16) / 4) + 1;
  let log = 25;
  if (x === 67108864) {
    return 0;
  }
  while (x < 33554432) {
    x *= 2;
    log--;
  }
  for (let i = 0; i < 20; i++) {
    x = Math.floor(x * x / 33554432);
    log *= 2;
    if (x >= 67108864) {
      x = Math.floor(x / 2);
      log++;
    }
  }
  return 27262976 - log;
}

// Every side draws a number, and the least per weight wins: weighted rendezvous hashing. Raising the weight of a side
// only moves viewers to it, lowering it moves the same ones away.
function sideOf(id, weights) {
  const alone = weights.indexOf(100);
  if (alone >= 0) {
    return config.sides[alone].name;
  }
  let side = '';
  let least = 0;
  let weight = 0;
  for (let i = 0; i < weights.length; i++) {
    const name = config.sides[i].name;
    if (weights[i] > 0) {
      const drawn = draw(config.salt + '\n' + id + '\n' + name);
      const a = drawn * weight;
      const b = least * weights[i];
      if (side === '' || a < b || (a === b && name < side)) {
        side = name;
        least = drawn;
        weight = weights[i];
      }
    }
  }
  return side;
}

// The side that a tester asks for, or ''. What asked is taken off the request, right or wrong: no origin shall see it.
function takeOverride(request, table) {
  if (!config.override) {
    return '';
  }
  const fields = config.override.kind === 'header' ? request.headers : request.cookies;
  const field = fields && fields[config.override.name];
  if (!field) {
    return '';
  }
  delete fields[config.override.name];
  const value = String(field.value);
  const dot = value.indexOf('.');
  if (table === null || typeof table.override !== 'string' || dot < 0 || value.length > 300) {
    return '';
  }
  const hash = crypto.createHash('sha256');
  hash.update(value.slice(dot + 1));
  const side = value.slice(0, dot);
  return isSide(side) && hash.digest('hex') === table.override ? side : '';
}

// What becomes of a request: its side, and the value that the cookie shall have ('-' for: nothing is decided).
function decide(event, table) {
  const asked = takeOverride(event.request, table);
  if (asked !== '') {
    return { side: asked, cookie: '-' };
  }
  const known = cookieOf(event.request);
  const id = known === null ? newId(event) : known.id;
  if (known === null && (table === null || config.safeFirst)) {
    return { side: config.safe, cookie: id };
  }
  // Locations do not learn of a new table at once, nor in order. Only a newer one moves a viewer who has a side.
  if (known !== null && known.side !== '') {
    const newer = table !== null && table.generation > known.generation;
    const killed = table !== null && table.killed && table.generation === known.generation;
    if (!newer && !killed) {
      return { side: known.side, cookie: known.value };
    }
  }
  if (table === null) {
    return { side: config.safe, cookie: id };
  }
  const side = table.killed ? config.safe : sideOf(id, table.weights);
  const text = id + '.' + side + '.' + String(table.generation);
  return { side: side, cookie: text + '.' + codeOf(text) };
}

// Sends a request to its side.
function direct(request, name) {
  for (let i = 0; i < config.sides.length; i++) {
    const side = config.sides[i];
    if (side.name === name && side.origin) {
      cf.selectRequestOriginById(side.origin);
    } else if (side.name === name && side.prefix) {
      request.uri = side.prefix + (request.uri === '/' && side.index ? '/' + side.index : request.uri);
    }
  }
}

// It never throws: that would be an error page for everybody. What cannot be decided or selected goes where the behaviour
// leads by itself, and counts as the safe side.
async function handler(event) {
  const request = event.request;
  let table = null;
  try {
    const store = cf.kvs();
    const value = await store.get('split', { format: 'json' });
    table = readTable(value);
  } catch (e) {
    table = null; // The key is missing here for a moment, or the store does not answer.
  }
  const undecided = { side: config.safe, cookie: '-' };
  let decided = undecided;
  try {
    decided = decide(event, table);
  } catch (e) {
    decided = undecided;
  }
  try {
    direct(request, decided.side);
  } catch (e) {
    decided = undecided;
  }
  request.headers[config.variant] = { value: decided.side };
  request.headers['x-cdn-split'] = { value: decided.cookie };
  return request;
}
