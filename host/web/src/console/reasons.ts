import type { Decision } from './desk.ts';
import type { ConsoleWords } from './words.ts';

/** What the codes of the shipped plugins mean, for who does not read their manifests' English. */
const CHINESE: Record<string, string> = {
  all_skills: '具备所需的全部技能。',
  least_busy: '按其工作份额，当前会话最少。',
  longest_since_last_turn: '距上次分配时间最长。',
  no_skilled_agent: '没有合适的客服空闲。',
  nobody_free: '没有在线且有空位的客服。',
  nobody_online: '团队中无人在线。',
  relaxed: '访客等待已久，因此可以缺少一项技能。',
  served_last: '上次为该访客服务。',
  vip: '重要访客与资深客服。',
  waits_for_last_agent: '等待上次服务的客服。',
  wider: '任何空闲的客服。',
};

/** A reason in the reader's words: the manifest's, or the code itself when it says nothing. */
export function inWords(reason: Decision['reasons'][number], words: Pick<ConsoleWords, 'locale'>): string {
  const chinese = words.locale.startsWith('zh') ? CHINESE[reason.code] : undefined;
  return chinese ?? reason.meaning ?? reason.code.replaceAll(/[-_]/g, ' ');
}
