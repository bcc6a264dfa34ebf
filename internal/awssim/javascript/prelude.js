(function (native) {
  'use strict';

  function without(object, names) {
    for (const name of names) delete object[name];
  }

  // What neither list of the Developer Guide has, and the engine does.
  without(globalThis, ['Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'FinalizationRegistry', 'Proxy', 'Reflect', 'BigInt',
    'BigInt64Array', 'BigUint64Array', 'SharedArrayBuffer', 'Atomics', 'AggregateError', 'eval', 'escape', 'unescape', 'Iterator']);
  without(Object, ['fromEntries', 'hasOwn', 'groupBy']);
  without(Array, ['from', 'fromAsync']);
  without(Array.prototype, ['at', 'flat', 'flatMap', 'findLast', 'findLastIndex', 'toReversed', 'toSorted', 'toSpliced', 'with']);
  without(String.prototype, ['at', 'matchAll', 'isWellFormed', 'toWellFormed']);

  // There is no code from text.
  function refused() {
    throw new TypeError('Function constructor is disabled in "safe" mode');
  }
  refused.prototype = Function.prototype;
  for (const f of [function () {}, async function () {}, function* () {}]) {
    Object.defineProperty(Object.getPrototypeOf(f), 'constructor', { value: refused });
  }
  globalThis.Function = refused;

  if (native.old) {
    without(globalThis, ['DataView']);
    without(Promise, ['all', 'allSettled', 'any', 'race']);
    without(String.prototype, ['replaceAll']);
  }

  // A Buffer is a Uint8Array that knows encodings.
  const methods = {
    toString(encoding) { return native.encode(this, encoding === undefined ? '' : String(encoding)); },
    equals(other) { return native.encode(this, 'hex') === native.encode(other, 'hex'); },
    toJSON() { return { type: 'Buffer', data: Array.prototype.slice.call(this) }; },
  };
  function wrap(source) {
    const bytes = new Uint8Array(source);
    for (const name of Object.keys(methods)) Object.defineProperty(bytes, name, { value: methods[name] });
    return bytes;
  }
  const Buffer = {
    from(value, encoding) {
      return typeof value === 'string' ? wrap(native.decode(value, encoding === undefined ? '' : String(encoding))) : wrap(value);
    },
    alloc(size) { return wrap(size); },
    isBuffer(value) { return value instanceof Uint8Array && Object.prototype.hasOwnProperty.call(value, 'equals'); },
    byteLength(value, encoding) { return Buffer.from(value, encoding).length; },
    concat(list) {
      let size = 0;
      for (const part of list) size += part.length;
      const out = wrap(size);
      let at = 0;
      for (const part of list) { out.set(part, at); at += part.length; }
      return out;
    },
  };
  if (!native.old) {
    globalThis.Buffer = Buffer;
    globalThis.btoa = (text) => native.encode(native.decode(String(text), 'latin1'), 'base64');
    globalThis.atob = (text) => native.encode(native.decode(String(text), 'base64'), 'latin1');
    globalThis.TextEncoder = function TextEncoder() {};
    TextEncoder.prototype.encode = (text) => new Uint8Array(native.decode(text === undefined ? '' : String(text), ''));
    globalThis.TextDecoder = function TextDecoder() {};
    TextDecoder.prototype.decode = (bytes) => native.encode(bytes, '');
  }

  const unescape = (text) => {
    try { return decodeURIComponent(text.split('+').join(' ')); } catch (_) { return text; }
  };
  const querystring = {
    parse(text, separator, equals) {
      const out = {};
      if (!text) return out;
      for (const part of String(text).split(separator || '&')) {
        if (part === '') continue;
        const at = part.indexOf(equals || '=');
        const name = unescape(at < 0 ? part : part.slice(0, at));
        const value = at < 0 ? '' : unescape(part.slice(at + (equals || '=').length));
        if (!Object.prototype.hasOwnProperty.call(out, name)) out[name] = value;
        else if (Array.isArray(out[name])) out[name].push(value);
        else out[name] = [out[name], value];
      }
      return out;
    },
    stringify(object, separator, equals) {
      const out = [];
      for (const name of Object.keys(object || {})) {
        for (const value of Array.isArray(object[name]) ? object[name] : [object[name]]) {
          out.push(querystring.escape(name) + (equals || '=') + querystring.escape(String(value)));
        }
      }
      return out.join(separator || '&');
    },
    unescape,
  };
  querystring.decode = querystring.parse;
  querystring.encode = querystring.stringify;

  return {
    buffer: { Buffer },
    querystring,
    // Without an encoding, a digest of runtime 1.0 is a byte string.
    wrap: (bytes) => (native.old ? native.encode(bytes, 'latin1') : wrap(bytes)),
  };
})
