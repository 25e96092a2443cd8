import { IconChartDots, IconLayoutRows, IconSitemap } from '@tabler/icons-react'
import { Button } from '../../ui/button.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import classes from './explorer.module.css'
import type { ExplorerView } from './search.ts'

export type ViewOptionsProps = {
  view: ExplorerView
  step: string | undefined
  each: boolean
  exemplars: boolean
  broken: boolean
  many: boolean
  onView: (view: ExplorerView) => void
  onStep: (step: string | undefined) => void
  onEach: (each: boolean) => void
  onExemplars: (exemplars: boolean) => void
  onBreakdown: () => void
}

const STEPS = ['1', '5', '15', '30', '60', '300', '900', '3600', '21600', '86400']
const STEP_NAMES: Readonly<Record<string, string>> = {
  '60': '1 min',
  '300': '5 min',
  '900': '15 min',
  '3600': '1 h',
  '21600': '6 h',
  '86400': '1 d',
}

/** How the answer is shown. */
export function ViewOptions({
  view,
  step,
  each,
  exemplars,
  broken,
  many,
  onView,
  onStep,
  onEach,
  onExemplars,
  onBreakdown,
}: ViewOptionsProps) {
  const isChart = view === 'lines' || view === 'stacked'
  return (
    <div className={classes.options}>
      {view !== 'table' && (
        <SelectField
          label="Step"
          shown
          small
          value={step ?? ''}
          options={[
            { value: '', text: 'automatic' },
            ...[...new Set([...STEPS, ...(step === undefined ? [] : [step])])].map((seconds) => ({
              value: seconds,
              text: STEP_NAMES[seconds] ?? `${seconds} s`,
            })),
          ]}
          onChange={(seconds) => onStep(seconds === '' ? undefined : seconds)}
        />
      )}
      {isChart && many && (
        <Button
          small
          look="quiet"
          active={each}
          aria-pressed={each}
          title="A chart for each query"
          onClick={() => onEach(!each)}
        >
          <IconLayoutRows size={14} aria-hidden="true" /> One each
        </Button>
      )}
      {view !== 'table' && (
        <Button
          small
          look="quiet"
          active={exemplars}
          aria-pressed={exemplars}
          title="Exemplars: single observations with what leads to their trace (x)"
          onClick={() => onExemplars(!exemplars)}
        >
          <IconChartDots size={14} aria-hidden="true" /> Exemplars
        </Button>
      )}
      <Button
        small
        look="quiet"
        active={broken}
        aria-pressed={broken}
        title="One small chart a label (b)"
        onClick={onBreakdown}
      >
        <IconSitemap size={14} aria-hidden="true" /> By label
      </Button>
      <Segmented<ExplorerView>
        label="Shown as"
        value={view}
        options={[
          { value: 'lines', text: 'Lines' },
          { value: 'stacked', text: 'Stacked' },
          { value: 'heatmap', text: 'Heatmap' },
          { value: 'table', text: 'Table' },
        ]}
        onChange={onView}
      />
    </div>
  )
}
