// Written by terraform-provider-cdn: the viewer-response function of an edge split. It sets the cookie that the
// viewer-request function decided. It never reads the key value store, which may say something else by now.
const crypto = require('crypto');
const config = {};

//common

// The value that the cookie shall have, or ''.
function decided(event) {
  const header = event.request.headers['x-cdn-split'];
  if (header) {
    return header.value === '-' || readCookie(header.value) === null ? '' : header.value;
  }
  // What the other function changed is not visible here. A new viewer at least gets the id that it decided by.
  return cookieOf(event.request) === null ? newId(event) : '';
}

// Whether what begins at a place of a location is the prefix of a side, and not just the beginning of a longer name.
function hasPrefix(text, prefix) {
  const next = text.charAt(prefix.length);
  return text.slice(0, prefix.length) === prefix && (next === '' || next === '/' || next === '?' || next === '#');
}

// An origin redirects to the path that it was asked for; the viewer did not ask for the side's prefix.
function withoutPrefix(location, host) {
  let start = '';
  if (location.charAt(0) !== '/') {
    start = location.slice(0, location.indexOf('://') + 3) + host;
    if (!/^https?:\/\/$/.test(location.slice(0, location.indexOf('://') + 3)) || location.slice(0, start.length) !== start) {
      return location;
    }
  }
  const path = location.slice(start.length);
  for (let i = 0; i < config.sides.length; i++) {
    const prefix = config.sides[i].prefix;
    if (prefix && hasPrefix(path, prefix)) {
      const rest = path.slice(prefix.length);
      if (start === '' && /^\/[\/\\]/.test(rest)) {
        return location; // Without the prefix it would lead to another host.
      }
      return start + (rest.charAt(0) === '/' ? rest : '/' + rest);
    }
  }
  return location;
}

function handler(event) {
  const response = event.response;
  try {
    const value = decided(event);
    if (value !== '' && valuesOf(event.request).indexOf(value) < 0) {
      if (!response.cookies) {
        response.cookies = {};
      }
      response.cookies[config.cookie] = { value: value, attributes: config.attributes };
    }
    const location = response.headers && response.headers.location;
    if (location && event.request.headers.host) {
      location.value = withoutPrefix(location.value, event.request.headers.host.value);
    }
  } catch (e) {
    return response; // Without a cookie the viewer is assigned again, which is better than no answer.
  }
  return response;
}
