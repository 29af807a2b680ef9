import { AppError } from '../errors';
import type { Endpoint } from '../http/schemas/sandboxes';

const MAX_PORT = 65_535;

export interface EndpointRequest {
  sandboxId: string;
  port: string;
  /** `Host` of the request: the address by which this caller reaches us. */
  host: string;
  /** Headers that open the endpoint. */
  headers: Record<string, string>;
  use_server_proxy?: boolean;
  expires?: string;
}

/**
 * Where a port of a sandbox is reached: always through this server, without scheme, ending in the port, and the same
 * for the sandbox's whole life, so that clients may cache it (CONTRACT.md 1.6, 2.5).
 * @throws AppError 400 for a bad port or a signed route
 */
export function endpointOf(request: EndpointRequest): Endpoint {
  const port = /^\d+$/.test(request.port) ? Number(request.port) : NaN;
  checkPort(port, request.port);
  if (request.expires !== undefined) {
    throw request.use_server_proxy === true
      ? new AppError(
          400,
          'SANDBOX::INVALID_PARAMETER',
          'expires cannot be combined with use_server_proxy. Leave one out.',
        )
      : new AppError(
          400,
          'SANDBOX::API_NOT_SUPPORTED',
          'Signed endpoints need a Kubernetes server. Leave expires out.',
        );
  }
  return {
    endpoint: `${request.host}/v1/sandboxes/${request.sandboxId}/proxy/${port}`,
    headers: request.headers,
  };
}

/** @throws AppError 400 `DOCKER::INVALID_PORT` */
export function checkPort(port: number, given = String(port)): void {
  if (port >= 1 && port <= MAX_PORT) return;
  throw new AppError(
    400,
    'DOCKER::INVALID_PORT',
    `The port "${given}" is not a number from 1 to ${MAX_PORT}.`,
  );
}
