import { en as sharedEn, zh as sharedZh, type SharedWords } from '../shared/words.ts';

/** What the widget says. */
export interface WidgetWords extends SharedWords {
  open: (unread: number) => string;
  close: string;
  title: string;
  greeting: string;
  intro: string;
  log: string;
  message: string;
  placeholder: string;
  send: string;
  waiting: string;
  position: (ahead: number) => string;
  minutes: (low: number, high: number | undefined) => string;
  here: string;
  away: string;
  team: string;
  ended: string;
  rate: string;
  stars: (n: number) => string;
  thanks: string;
  newChat: string;
  full: string;
  replaced: string;
  closed: string;
  closedIntro: (opens: string | undefined) => string;
  contact: string;
  left: string;
}

export const words: { en: WidgetWords; zh: WidgetWords } = {
  en: {
    ...sharedEn,
    open: (unread) => (unread ? `Open chat, ${unread} unread` : 'Open chat'),
    close: 'Close chat',
    title: 'Chat with us',
    greeting: 'Hello! How can we help?',
    intro: 'Write to us: a person from our team will answer you right here.',
    log: 'Messages',
    message: 'Your message',
    placeholder: 'Write a message…',
    send: 'Send',
    waiting: 'Finding somebody for you…',
    position: (ahead) => (ahead === 0 ? 'You are next in line' : `${ahead} ahead of you`),
    minutes: (low, high) => (high && high > low ? `about ${low}–${high} min` : `about ${low} min`),
    here: 'Here for you',
    away: 'Away for a moment',
    team: 'We usually answer within minutes',
    ended: 'This chat has ended.',
    rate: 'How was it?',
    stars: (n) => `${n} of 5`,
    thanks: 'Thank you for your rating!',
    newChat: 'Start a new chat',
    full: 'Too many messages are waiting to be sent.',
    replaced: 'The chat is open elsewhere.',
    closed: 'We are closed right now',
    closedIntro: (opens) => `Leave us a message and we will get back to you.${opens ? ` We open ${opens}.` : ''}`,
    contact: 'Your e-mail or phone number',
    left: 'Thank you! We have your message and will get back to you.',
  },
  zh: {
    ...sharedZh,
    open: (unread) => (unread ? `打开对话，${unread} 条未读` : '打开对话'),
    close: '关闭对话',
    title: '在线客服',
    greeting: '您好！有什么可以帮您？',
    intro: '给我们留言，客服会在这里回复您。',
    log: '消息',
    message: '您的消息',
    placeholder: '输入消息…',
    send: '发送',
    waiting: '正在为您安排客服…',
    position: (ahead) => (ahead === 0 ? '下一位就是您' : `您前面还有 ${ahead} 位`),
    minutes: (low, high) => (high && high > low ? `约 ${low}–${high} 分钟` : `约 ${low} 分钟`),
    here: '正在为您服务',
    away: '暂时离开',
    team: '通常几分钟内回复',
    ended: '会话已结束。',
    rate: '请为本次服务评分',
    stars: (n) => `${n} 分，满分 5 分`,
    thanks: '感谢您的评分！',
    newChat: '开始新会话',
    full: '等待发送的消息过多。',
    replaced: '会话已在其他地方打开。',
    closed: '现在不在服务时间',
    closedIntro: (opens) => `请留言，我们会尽快回复您。${opens ? `服务时间从${opens}开始。` : ''}`,
    contact: '您的邮箱或电话',
    left: '谢谢！我们已收到您的留言，会尽快回复您。',
  },
};
