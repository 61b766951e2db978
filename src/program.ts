/** All of the command line but its version, in a file of its own: Node takes longer to read it than to start. */
export { runCommand } from './commands/command.ts';
export { explainFailure } from './commands/failure.ts';
export { createNodeHost } from './host/node-host.ts';
export { createTerminal } from './host/node-terminal.ts';
