// Servers that tests talk to through the proxy. Runs inside a sandbox, with Node and the `ws` package only.
const http = require('node:http');
const { WebSocketServer } = require('ws');

const KIBIBYTE = Buffer.alloc(1024, 'x');

/** Answers what it was asked, so that a test sees what has arrived. */
const server = http.createServer((request, response) => {
  const target = (request.url ?? '/').replace(/^\/+/, '/');
  const { pathname, searchParams } = new URL(target, 'http://sandbox');
  switch (pathname) {
    case '/hello':
      response.writeHead(200, { 'Content-Length': 5 });
      response.end('hello');
      return;
    case '/count':
      countBody(request, response);
      return;
    case '/blob':
      sendBlob(response, Number(searchParams.get('kib')));
      return;
    case '/never':
      response.write('first');
      request.socket.once('close', () => (hangUps += 1));
      return;
    case '/hang-ups':
      response.end(String(hangUps));
      return;
    case '/cut':
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('part');
      setTimeout(() => request.socket.destroy(), 20);
      return;
    case '/away':
      response.writeHead(302, { Location: 'http://169.254.169.254/latest/meta-data/' });
      response.end();
      return;
    case '/early':
      response.writeHead(413, { Connection: 'close' });
      response.end('too large');
      return;
    default:
      echo(request, response);
  }
});
let hangUps = 0;

/**
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 */
function echo(request, response) {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (/** @type {Buffer} */ chunk) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(
      207,
      'Fine',
      [
        ['X-Twice', 'one'],
        ['X-Twice', 'two'],
        ['X-Case-Kept', 'yes'],
        ['Set-Cookie', 'theirs=1'],
        ['Set-Cookie', 'opensandbox_session_8080=stolen; Path=/'],
        // Browsers send a cookie without a name back as its bare value.
        ['Set-Cookie', ' = opensandbox_session_8080=stolen; Path=/'],
        ['Clear-Site-Data', '"cookies"'],
        ['Content-Encoding', 'made-up'],
        ['Connection', 'X-Hop'],
        ['X-Hop', 'no further'],
      ].flat(),
    );
    response.end(
      JSON.stringify({
        method: request.method,
        url: request.url,
        rawHeaders: request.rawHeaders,
        body: Buffer.concat(chunks).toString('base64'),
      }),
    );
  });
}

/**
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 */
function countBody(request, response) {
  let bytes = 0;
  request.on('data', (/** @type {Buffer} */ chunk) => (bytes += chunk.length));
  request.on('end', () => response.end(String(bytes)));
}

/**
 * @param {http.ServerResponse} response
 * @param {number} kib
 */
function sendBlob(response, kib) {
  let left = kib;
  const more = () => {
    while (left > 0) {
      left -= 1;
      if (!response.write(KIBIBYTE)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

const sockets = new WebSocketServer({
  noServer: true,
  maxPayload: 0,
  handleProtocols: (/** @type {Set<string>} */ offered) => (offered.has('second') ? 'second' : false),
});
server.on('upgrade', (request, socket, head) => {
  if (request.url?.startsWith('/refused')) {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  sockets.handleUpgrade(request, socket, head, (peer) => {
    peer.send(JSON.stringify({ url: request.url, origin: request.headers.origin, headers: request.headers }));
    peer.on('message', (data, isBinary) => {
      if (!isBinary && data.toString() === 'close') peer.close(4321, 'as asked');
      else peer.send(data, { binary: isBinary });
    });
  });
});

server.listen(3000, '0.0.0.0');
http.createServer((_request, response) => response.end('loopback only')).listen(3001, '127.0.0.1');
