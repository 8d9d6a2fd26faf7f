'use strict';
// Runs inside a workspace: an IDE, its supervisor and a few servers of a
// project, each of which tells what reached it.

const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { WebSocketServer } = require('ws');

const tls = { key: fs.readFileSync('/srv/tls.key'), cert: fs.readFileSync('/srv/tls.crt') };

function answer(port) {
  return (request, response) => {
    if (request.url === '/echo') {
      // Not before all is here: HTTP/1.1 proxies speak in turns.
      const chunks = [];
      return request.on('data', (chunk) => chunks.push(chunk)).on('end', () => response.end(Buffer.concat(chunks)));
    }
    if (request.url === '/accel') response.setHeader('X-Accel-Redirect', '/.berth/authorize');
    if (request.url === '/missing') response.statusCode = 404;
    response.setHeader('X-Frame-Options', 'DENY');
    response.setHeader('Content-Type', 'application/json');
    return response.end(JSON.stringify({ port, url: request.url, headers: request.headers }));
  };
}

const servers = [22999, 23000, 8080, 8081].map((port) => [port, http.createServer(answer(port))]);
servers.push([8443, https.createServer(tls, answer(8443))]);
Promise.all(servers.map(([port, server]) => {
  new WebSocketServer({ server })
    .on('connection', (socket) => socket.on('message', (text) => socket.send(`${port} heard ${text}`)));
  return new Promise((resolve) => server.listen(port, '0.0.0.0', resolve));
})).then(() => console.log('serving'));
