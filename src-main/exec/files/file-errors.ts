import { AppError } from '../../errors';

/** 404 that clients recognise by its code (CONTRACT.md 4.1). */
export function fileNotFound(path: string): AppError {
  return new AppError(404, 'FILE_NOT_FOUND', `There is no ${shown(path)} in the sandbox.`);
}

/** 500 for what the sandbox's filesystem refused. */
export function fileFailed(doing: string, path: string, reason: string): AppError {
  return new AppError(500, 'RUNTIME_ERROR', `Could not ${doing} ${shown(path)}: ${reason}`);
}

/** 400 for a request that does not fit what the path is. */
export function unfitPath(path: string, reason: string): AppError {
  return new AppError(400, 'INVALID_REQUEST_BODY', `${shown(path)} ${reason}`);
}

/** Paths may be long and may hold line breaks. */
function shown(path: string): string {
  return JSON.stringify(path.length > 300 ? `${path.slice(0, 300)}…` : path);
}
