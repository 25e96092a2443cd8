/** The ship's compass on its stand. */
export function BrandMark({ size = 22 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="var(--bn-brass)"
      strokeWidth="1.7"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <circle cx="12" cy="10" r="8" />
      <path d="M12 4.5 14 10l-2 5.5L10 10Z" fill="var(--bn-brass)" stroke="none" />
      <path d="M6 21.4h12M8 17.4l-.8 3.6M16 17.4l.8 3.6" />
    </svg>
  )
}
