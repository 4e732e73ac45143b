const en = {
  locale: 'en',
  administration: 'Administration',
  groups: { plugins: 'Plugins', notifications: 'Notifications' },
  sections: {
    plugins: 'Releases',
    bindings: 'In force',
    decisions: 'Decisions',
    'dry-run': 'Try it on history',
    targets: 'Targets',
    deliveries: 'Deliveries',
    'dead-letters': 'Dead letters',
    'retry-lab': 'Retry lab',
  },
  loading: 'Loading…',
  again: 'Try again',
  unreachable: 'The node cannot be reached or failed. Try again in a moment.',
  notHere: 'There is no such page',
  notHereHint: 'Choose one on the left.',
};

const zh: typeof en = {
  locale: 'zh-CN',
  administration: '管理',
  groups: { plugins: '插件', notifications: '通知' },
  sections: {
    plugins: '版本',
    bindings: '生效中',
    decisions: '决策',
    'dry-run': '用历史试运行',
    targets: '目标',
    deliveries: '投递',
    'dead-letters': '死信',
    'retry-lab': '重试实验室',
  },
  loading: '正在加载…',
  again: '重试',
  unreachable: '无法连接节点或节点出错，请稍后再试。',
  notHere: '没有这个页面',
  notHereHint: '请在左侧选择。',
};

export const frame = { en, zh };
