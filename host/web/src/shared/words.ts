import type { Body } from '@weft/client';

/** What widget and console both say. `n` is a count, `who` a name. */
export interface SharedWords {
  locale: string;
  connecting: string;
  retryIn: (seconds: number) => string;
  offline: string;
  sent: string;
  delivered: string;
  read: string;
  pending: string;
  failed: string;
  again: string;
  discard: string;
  edited: string;
  recalled: string;
  erased: string;
  unsupported: string;
  typing: (who: string) => string;
  today: string;
  yesterday: string;
  note: string;
  system: (body: Body) => string | undefined;
}

export const en: SharedWords = {
  locale: 'en',
  connecting: 'Connecting…',
  retryIn: (seconds) => `Connection lost. Trying again in ${seconds} s`,
  offline: 'You are offline. Messages are kept and sent later.',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  pending: 'Waiting to be sent',
  failed: 'Not sent',
  again: 'Try again',
  discard: 'Discard',
  edited: 'edited',
  recalled: 'This message was taken back',
  erased: 'This message was erased',
  unsupported: 'This kind of message cannot be shown here',
  typing: (who) => `${who} is typing`,
  today: 'Today',
  yesterday: 'Yesterday',
  note: 'Note, only for the team',
  system: (body) => {
    switch (body.kind) {
      case 'opened':
        return body.subject ? `Chat started: ${body.subject}` : 'Chat started';
      case 'queued':
        return 'All agents are busy. You keep your place.';
      case 'message_asked':
        return 'Nobody is here right now. Leave a message and we will answer.';
      case 'offered':
        return `Offered to ${body.agent.name}`;
      case 'assigned':
        return `${body.agent.name} took the chat`;
      case 'joined':
        return `${body.agent.name} joined`;
      case 'left':
        return `${body.agent.name} left`;
      case 'declined':
        return body.missed ? `${body.agent.name} did not answer in time` : `${body.agent.name} declined`;
      case 'moved':
        return `Moved to ${body.team.name}`;
      case 'transferred':
        return `Transferred to ${body.agent?.name ?? body.team?.name ?? '…'}`;
      case 'rated':
        return `Rated ${body.score} of 5`;
      case 'closed':
        return body.reason === 'idle' ? 'Chat closed: nobody wrote for a while' : 'Chat closed';
      case 'reopened':
        return 'Chat reopened';
      case 'message_left':
        return `Message left by ${body.contact}`;
      default:
        return undefined;
    }
  },
};

export const zh: SharedWords = {
  locale: 'zh-CN',
  connecting: '正在连接…',
  retryIn: (seconds) => `连接已断开，${seconds} 秒后重试`,
  offline: '您已离线。消息会保留，稍后自动发送。',
  sent: '已发送',
  delivered: '已送达',
  read: '已读',
  pending: '等待发送',
  failed: '未发送',
  again: '重试',
  discard: '放弃',
  edited: '已编辑',
  recalled: '此消息已撤回',
  erased: '此消息已删除',
  unsupported: '无法在此显示这种消息',
  typing: (who) => `${who} 正在输入`,
  today: '今天',
  yesterday: '昨天',
  note: '备注，仅团队可见',
  system: (body) => {
    switch (body.kind) {
      case 'opened':
        return body.subject ? `会话开始：${body.subject}` : '会话开始';
      case 'queued':
        return '客服均忙，您的排队位置已保留。';
      case 'message_asked':
        return '现在没有客服在线，请留言，我们会回复您。';
      case 'offered':
        return `已派给 ${body.agent.name}`;
      case 'assigned':
        return `${body.agent.name} 已接入`;
      case 'joined':
        return `${body.agent.name} 加入会话`;
      case 'left':
        return `${body.agent.name} 离开会话`;
      case 'declined':
        return body.missed ? `${body.agent.name} 未及时应答` : `${body.agent.name} 已拒绝`;
      case 'moved':
        return `已转到 ${body.team.name}`;
      case 'transferred':
        return `已转给 ${body.agent?.name ?? body.team?.name ?? '…'}`;
      case 'rated':
        return `评分 ${body.score}/5`;
      case 'closed':
        return body.reason === 'idle' ? '长时间没有新消息，会话已自动结束' : '会话已结束';
      case 'reopened':
        return '会话已重新打开';
      case 'message_left':
        return `${body.contact} 的留言`;
      default:
        return undefined;
    }
  },
};

/** Chinese for any `zh…` tag, English for everything else. */
export function pick<T>(language: string, words: { en: T; zh: T }): T {
  return language.toLowerCase().startsWith('zh') ? words.zh : words.en;
}
