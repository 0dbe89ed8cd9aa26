import { describeMachine } from '../support/describe.ts';
import { tellAll } from './tell-story.ts';

describeMachine('every fault', tellAll, ['bookworm']);
