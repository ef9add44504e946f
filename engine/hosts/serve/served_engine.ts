// The engine as a server's clients see it: the folders it was told to show, by id, and no files written.
import { EngineService } from '../../service/engine_service.ts';
import { LibraryFolders } from '../../service/library.ts';
import { assetsFolder } from '../program_files.ts';

/** `folders`: absolute or relative to the working folder; everything below them is offered. */
export function startServedEngine(folders: readonly string[]): EngineService {
  const library = { assets: assetsFolder(), folders };
  const { readPaths } = new LibraryFolders(library);
  return new EngineService({ policy: { readPaths, writeFiles: false, idsOnly: true }, library });
}
