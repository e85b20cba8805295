import * as fc from 'fast-check'

/**
 * Property tests draw from one seed, so that a test that passed passes again. To look further: `FC_SEED=$RANDOM npm test`;
 * a failure prints its own seed and path either way.
 */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_260_415) })
