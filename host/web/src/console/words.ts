import type { ConversationState, Status } from '@weft/client';
import { en as sharedEn, zh as sharedZh, type SharedWords } from '../shared/words.ts';

/** What the console says. */
export interface ConsoleWords extends SharedWords {
  product: string;
  signIn: string;
  tenant: string;
  email: string;
  password: string;
  signingIn: string;
  wrong: string;
  unreachable: string;
  tagline: string;
  signOut: string;
  administration: string;
  toDesk: string;
  status: Record<Status, string>;
  yourStatus: string;
  online: string;
  overRest: string;
  stopped: string;
  chats: string;
  waitingList: string;
  closedList: string;
  noChats: string;
  noChatsHint: Record<Status, string>;
  goOnline: string;
  nothingOpen: string;
  nothingOpenHint: string;
  offerTitle: (who: string) => string;
  offerLeft: (seconds: number) => string;
  accept: string;
  decline: string;
  take: string;
  waitingFor: (time: string) => string;
  unread: (n: number) => string;
  messages: string;
  reply: string;
  replyTo: (who: string) => string;
  writeNote: string;
  asReply: string;
  asNote: string;
  send: string;
  closeChat: string;
  back: string;
  isClosed: string;
  search: string;
  found: string;
  states: Record<ConversationState, string>;
  watching: string;
  takeOver: string;
  draft: (who: string) => string;
  why: string;
  whyClose: string;
  whyLoading: string;
  whyNone: string;
  whyFailed: string;
  chosen: (who: string) => string;
  action: Record<string, string>;
  rung: Record<string, string>;
  candidates: (n: number) => string;
  decidedBy: string;
  effort: string;
  epoch: string;
  seen: string;
  alerts: string;
  youAre: (who: string) => string;
}

const en: ConsoleWords = {
  ...sharedEn,
  product: 'weft console',
  signIn: 'Sign in',
  tenant: 'Tenant',
  email: 'E-mail',
  password: 'Password',
  signingIn: 'Signing in…',
  wrong: 'Tenant, e-mail or password are not right.',
  unreachable: 'The node cannot be reached. Try again in a moment.',
  tagline: 'Talk to the people who visit your site.',
  signOut: 'Sign out',
  administration: 'Administration',
  toDesk: 'Back to the chats',
  status: { online: 'Online', busy: 'Busy', away: 'Away', offline: 'Offline' },
  yourStatus: 'Your status',
  online: 'Connected',
  overRest: 'Connected without a socket',
  stopped: 'This session has ended. Reload to continue.',
  chats: 'Your chats',
  waitingList: 'Waiting',
  closedList: 'Closed',
  noChats: 'No chats right now',
  noChatsHint: {
    online: 'The next one comes to you by itself.',
    busy: 'You are busy: new chats go to others.',
    away: 'You are away: new chats go to others.',
    offline: 'Go online to receive chats.',
  },
  goOnline: 'Go online',
  nothingOpen: 'Nothing selected',
  nothingOpenHint: 'Choose a chat on the left, or wait for the next one.',
  offerTitle: (who) => `${who} would like to talk`,
  offerLeft: (seconds) => `${seconds} s left`,
  accept: 'Accept',
  decline: 'Decline',
  take: 'Take',
  waitingFor: (time) => `waiting ${time}`,
  unread: (n) => `${n} unread`,
  messages: 'Messages',
  reply: 'Your reply',
  replyTo: (who) => `Reply to ${who}…`,
  writeNote: 'Write a note that only the team sees…',
  asReply: 'Reply',
  asNote: 'Note',
  send: 'Send',
  closeChat: 'Close chat',
  back: 'Back to the list',
  isClosed: 'This chat is closed.',
  search: 'Search all chats',
  found: 'Found',
  states: { waiting: 'Waiting', offered: 'Offered', assigned: 'In progress', closed: 'Closed' },
  watching: 'You are looking on. Nobody sees you.',
  takeOver: 'Take over',
  draft: (who) => `${who} is writing:`,
  why: 'Why me?',
  whyClose: 'Close the explanation',
  whyLoading: 'Looking it up…',
  whyNone: 'No plugin decided here: the chat was taken or handed over by a person.',
  whyFailed: 'The decision could not be loaded.',
  chosen: (who) => `${who} was chosen`,
  action: {
    assign: 'Given to an agent',
    wait: 'Left in the backlog',
    move_to: 'Moved to another team',
    take_message: 'A message was asked for',
    refuse: 'Refused',
  },
  rung: {
    active: 'The active plugin answered',
    last_good: 'The active plugin failed; its last good version answered',
    built_in: 'No plugin answered; the built-in rule did',
  },
  candidates: (n) => (n === 1 ? '1 agent was in the running' : `${n} agents were in the running`),
  decidedBy: 'Decided by',
  effort: 'Fuel',
  epoch: 'Activation',
  seen: 'Candidates',
  alerts: 'Alerts',
  youAre: (who) => `Signed in as ${who}`,
};

const zh: ConsoleWords = {
  ...sharedZh,
  product: 'weft 工作台',
  signIn: '登录',
  tenant: '租户',
  email: '邮箱',
  password: '密码',
  signingIn: '正在登录…',
  wrong: '租户、邮箱或密码不正确。',
  unreachable: '无法连接节点，请稍后再试。',
  tagline: '与访问您网站的人对话。',
  signOut: '退出',
  administration: '管理',
  toDesk: '返回会话',
  status: { online: '在线', busy: '忙碌', away: '离开', offline: '离线' },
  yourStatus: '您的状态',
  online: '已连接',
  overRest: '已连接（无套接字）',
  stopped: '此会话已结束，请刷新页面。',
  chats: '我的会话',
  waitingList: '等待中',
  closedList: '已结束',
  noChats: '暂无会话',
  noChatsHint: {
    online: '新会话会自动分配给您。',
    busy: '您处于忙碌状态，新会话将分配给他人。',
    away: '您已离开，新会话将分配给他人。',
    offline: '上线后即可接收会话。',
  },
  goOnline: '上线',
  nothingOpen: '未选择会话',
  nothingOpenHint: '请在左侧选择会话，或等待新的会话。',
  offerTitle: (who) => `${who} 想与您对话`,
  offerLeft: (seconds) => `剩余 ${seconds} 秒`,
  accept: '接受',
  decline: '拒绝',
  take: '接入',
  waitingFor: (time) => `已等待 ${time}`,
  unread: (n) => `${n} 条未读`,
  messages: '消息',
  reply: '您的回复',
  replyTo: (who) => `回复 ${who}…`,
  writeNote: '写一条仅团队可见的备注…',
  asReply: '回复',
  asNote: '备注',
  send: '发送',
  closeChat: '结束会话',
  back: '返回列表',
  isClosed: '此会话已结束。',
  search: '搜索全部会话',
  found: '搜索结果',
  states: { waiting: '等待中', offered: '待接受', assigned: '进行中', closed: '已结束' },
  watching: '您正在旁观，对方看不到您。',
  takeOver: '接管',
  draft: (who) => `${who} 正在输入：`,
  why: '为何是我？',
  whyClose: '关闭说明',
  whyLoading: '正在查询…',
  whyNone: '此会话由人工接入或转交，没有插件参与。',
  whyFailed: '无法加载分配记录。',
  chosen: (who) => `选中了 ${who}`,
  action: {
    assign: '分配给客服',
    wait: '留在等待队列',
    move_to: '转到其他团队',
    take_message: '请访客留言',
    refuse: '拒绝',
  },
  rung: {
    active: '由当前插件作出决定',
    last_good: '当前插件失败，由上一个可用版本决定',
    built_in: '没有插件应答，由内置规则决定',
  },
  candidates: (n) => `共有 ${n} 位候选客服`,
  decidedBy: '决定者',
  effort: '燃料',
  epoch: '激活批次',
  seen: '候选人数',
  alerts: '提醒',
  youAre: (who) => `当前登录：${who}`,
};

export const words = { en, zh };
