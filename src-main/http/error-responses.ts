import { ErrorResponse } from './schemas/common';

const DESCRIPTIONS = {
  400: 'The request was invalid or malformed.',
  401: 'The API key is missing or wrong.',
  403: 'The request came from another site, or for another host than this machine.',
  404: 'There is no such resource.',
  409: 'The state of the resource does not allow this.',
  412: 'What is there now is not what the request expects.',
  500: 'The engine or this server failed.',
  501: 'Not available on a local Docker server.',
  503: 'The Docker engine cannot be reached.',
} as const;

type Status = keyof typeof DESCRIPTIONS;

/** The error answers that a route declares; 403 is any route's, because foreign hosts and sites are refused first. */
export function errorResponses<S extends Status>(...statuses: S[]): Record<S | 403, typeof ErrorResponse> {
  const entries = [...statuses, 403 as const].map((status) => [
    status,
    { ...ErrorResponse, description: DESCRIPTIONS[status] },
  ]);
  // Object.fromEntries forgets which keys it was given.
  return Object.fromEntries(entries) as Record<S | 403, typeof ErrorResponse>;
}
