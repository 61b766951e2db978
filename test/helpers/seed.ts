import { configureGlobal } from 'fast-check';

/** The same cases in every run, so that a red run is about the change; `FC_SEED=random` looks for new ones. */
const { FC_SEED: chosen } = process.env;
const seed = chosen === 'random' ? Date.now() : Number(chosen ?? 20_261_122);

configureGlobal({ seed });
