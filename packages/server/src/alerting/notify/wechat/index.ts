// WeChat Work (WeCom): messages of an application.
// In: an entry of `wechat_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { wechatKind } from './kind.ts'
