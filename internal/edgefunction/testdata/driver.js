// What stands around the code in njs: a store, a chosen origin, and many runs one after the other. The globals $crypto,
// $runs (text of a list of runs) and $print come before it.
var $table, $origin, $hashes = 0;
var cf = {
  kvs: function () {
    if ($table === '!kvs') throw new Error('no store is associated');
    return {
      get: function (key, options) {
        if ($table === null || key !== 'split' || options.format !== 'json') return Promise.reject(new Error('KeyNotFound'));
        try { return Promise.resolve(JSON.parse($table)); } catch (e) { return Promise.reject(e); }
      }
    };
  },
  selectRequestOriginById: function (id) { $origin = id; }
};
var crypto = {
  createHash: function (kind) { $hashes++; return $crypto.createHash(kind); },
  createHmac: function (kind, key) { $hashes++; return $crypto.createHmac(kind, key); }
};

async function $all() {
  var runs = JSON.parse($runs());
  for (var i = 0; i < runs.length; i++) {
    $table = runs[i].table;
    $origin = '';
    $hashes = 0;
    var out;
    try {
      var returned = await handler(runs[i].event);
      out = { returned: returned, origin: $origin, hashes: $hashes };
    } catch (e) {
      out = { threw: String(e) };
    }
    $print(JSON.stringify(out));
  }
  $flush();
}
