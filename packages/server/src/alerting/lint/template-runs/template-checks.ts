/** Checks that fill in the templates of an alertmanager.yml, by name. */
export const TEMPLATE_CHECKS = [
  {
    name: 'receivers/template_runs',
    finds: 'Texts of receivers that fail when they are filled in with notifications as the routes would make them.',
    why: 'Alertmanager only parses them when it loads the file. What fails when an alert fires is not sent.',
  },
  {
    name: 'receivers/template_empty',
    finds: 'Texts of receivers that come out empty: always, or as soon as two alerts are in one group.',
    why: 'The message arrives and says nothing. `.CommonAnnotations` holds only what all alerts of a group have alike.',
  },
  {
    name: 'receivers/template_labels',
    finds: 'Texts of receivers that print a label or an annotation which no alert has that comes there.',
    why: 'It prints as nothing. `.GroupLabels` has the labels of `group_by` only.',
  },
] as const

export type TemplateCheck = (typeof TEMPLATE_CHECKS)[number]['name']
