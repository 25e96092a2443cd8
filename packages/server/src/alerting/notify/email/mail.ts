import MailComposer from 'nodemailer/lib/mail-composer'

export type Mail = {
  readonly from: string
  readonly to: string
  /** All headers but those of MIME and the date, as they stand in the message. */
  readonly headers: Readonly<Record<string, string>>
  /** `''`: no such part. */
  readonly text: string
  /** `''`: no such part. */
  readonly html: string
  /** Unix ms. */
  readonly dateMs: number
}

/** The message as bytes: encoded words in headers, quoted-printable parts, the richer one last. */
export function composeMail(mail: Mail): Promise<Buffer> {
  const { From, To, Subject, 'Message-Id': messageId, References, 'In-Reply-To': inReplyTo, ...headers } = mail.headers
  const composer = new MailComposer({
    from: From ?? mail.from,
    to: To ?? mail.to,
    subject: Subject ?? '',
    date: new Date(mail.dateMs),
    headers,
    textEncoding: 'quoted-printable',
    // Nothing in a template may make us read files or fetch URLs.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(messageId === undefined ? {} : { messageId }),
    ...(References === undefined ? {} : { references: References }),
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    ...(mail.text === '' ? {} : { text: mail.text }),
    ...(mail.html === '' ? {} : { html: mail.html }),
  })
  return new Promise((resolve, reject) => {
    composer.compile().build((error, message) => (error ? reject(error) : resolve(message!)))
  })
}
