// The viewer's cookie is `id.side.generation.code`, or `id` alone before a side was decided. The code proves that the
// rest was written here; a cookie without a right one is treated as if there was none. It keeps nobody out of anything.
function codeOf(text) {
  const hmac = crypto.createHmac('sha256', config.key);
  hmac.update(text);
  return hmac.digest('hex').slice(0, 16);
}

function isSide(name) {
  for (let i = 0; i < config.sides.length; i++) {
    if (config.sides[i].name === name) {
      return true;
    }
  }
  return false;
}

function readCookie(value) {
  if (typeof value !== 'string' || value.length > 200) {
    return null;
  }
  const parts = value.split('.');
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(parts[0])) {
    return null;
  }
  if (parts.length === 1) {
    return { value: value, id: value, side: '', generation: 0 };
  }
  if (parts.length !== 4 || !isSide(parts[1]) || !/^[1-9][0-9]{0,15}$/.test(parts[2])) {
    return null;
  }
  const generation = Number(parts[2]);
  if (generation > 9007199254740991 || codeOf(parts[0] + '.' + parts[1] + '.' + parts[2]) !== parts[3]) {
    return null;
  }
  return { value: value, id: parts[0], side: parts[1], generation: generation };
}

// A browser may send several cookies of one name, of different paths or domains. The latest decision counts, of the
// first three: what a viewer sends must not decide how long this takes.
function valuesOf(request) {
  const cookie = request.cookies && request.cookies[config.cookie];
  if (!cookie) {
    return [];
  }
  if (!cookie.multiValue) {
    return [cookie.value];
  }
  const values = [];
  for (let i = 0; i < cookie.multiValue.length && i < 3; i++) {
    values.push(cookie.multiValue[i].value);
  }
  return values;
}

function cookieOf(request) {
  const values = valuesOf(request);
  let best = null;
  for (let i = 0; i < values.length; i++) {
    const known = readCookie(values[i]);
    if (known !== null && (best === null || known.generation > best.generation)) {
      best = known;
    }
  }
  return best;
}

// Both functions see the same id of one request, so a new viewer's is the same in both.
function newId(event) {
  return String(event.context.requestId).replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64);
}
