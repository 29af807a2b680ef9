import { it } from 'vitest';
import { BUSYBOX_IMAGE } from '../support/docker';
import { chainRounds } from './chain-rounds';

const GENERATIONS = 200;

it(`passes every file on through ${GENERATIONS} generations`, () =>
  chainRounds({ generations: GENERATIONS, image: BUSYBOX_IMAGE }));
