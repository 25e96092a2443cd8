// Values as Go's reflection sees them. What JavaScript can tell apart stays plain: `number` is a float64, `bigint` an
// int, `string` a string, `undefined` nil. The rest are the classes below, each with its Go type, because templates can
// see types: in `%T` and `%v`, in comparisons, in which arguments a function takes and in error texts.

export type Kind =
  | 'bool'
  | 'int'
  | 'uint'
  | 'float'
  | 'complex'
  | 'string'
  | 'map'
  | 'slice'
  | 'struct'
  | 'ptr'
  | 'interface'
  | 'func'

export type Value =
  | undefined
  | boolean
  | string
  | number
  | bigint
  | GoInt
  | GoText
  | GoComplex
  | GoList
  | GoMap
  | GoStruct
  | GoTime
  | GoPointer
  | GoFunc

/** What functions may ask of the execution that calls them. */
export type CallContext = {
  /** Counts work towards `maxSteps`; throws when the limit is met. About one unit per 50 ns. */
  spend(steps: number): void
  /** Longest text that may be made, in UTF-16 units. */
  readonly maxText: number
  /** The zone that `time.Local` stands for. */
  readonly local: Zone
  /** Milliseconds since 1970 of the evaluation that the text belongs to (`ExecuteOptions.timeMs`). */
  readonly timeMs: number
  /** The data that the execution began with. */
  readonly root: Value
  /** The answer to a question that may only be known later; the same key is asked once an execution. */
  wait(key: string, ask: () => Value | Promise<Value>): Value
}

export type Method = {
  readonly params: readonly GoType[]
  /** Type of each argument beyond `params`. */
  readonly rest?: GoType
  /** Why Go refuses to call it from templates. */
  readonly refusal?: string
  readonly call: (receiver: Value, args: readonly Value[], context: CallContext) => Value
}

export type StructField = { readonly name: string; readonly type: GoType }

/** A Go type. Compared by identity, except `slice`, `map` and `ptr` without methods, which are compared by name. */
export type GoType = {
  /** As Go prints it: `template.Alert`, `map[string]string`, `interface {}`. */
  readonly name: string
  readonly kind: Kind
  /** Element of a list, map or pointer. */
  readonly elem?: GoType
  readonly fields?: readonly StructField[]
  /** Place of each field. */
  readonly fieldAt?: ReadonlyMap<string, number>
  readonly methods?: Readonly<Record<string, Method>>
  /** Go's `String()`. */
  readonly toText?: (value: Value) => string
  /** Go's `GoString()`, for `%#v`. */
  readonly toSource?: (value: Value) => string
}

/** An integer that is no plain int: `int64`, `uint8`, `time.Duration`, `time.Month`. */
export class GoInt {
  readonly type: GoType
  readonly value: bigint

  constructor(type: GoType, value: bigint) {
    this.type = type
    this.value = value
  }
}

/** A string with a type of its own, such as `template.HTML`. */
export class GoText {
  readonly type: GoType
  readonly text: string

  constructor(type: GoType, text: string) {
    this.type = type
    this.text = text
  }
}

export class GoComplex {
  readonly re: number
  readonly im: number

  constructor(re: number, im: number) {
    this.re = re
    this.im = im
  }
}

export class GoList {
  readonly type: GoType
  readonly items: readonly Value[]

  constructor(type: GoType, items: readonly Value[]) {
    this.type = type
    this.items = items
  }
}

/** What a map needs of its entries; a `Map` has it. */
export type Entries = {
  readonly size: number
  get(key: string): Value
  has(key: string): boolean
  keys(): Iterable<string>
  [Symbol.iterator](): Iterator<[string, Value]>
}

/** A map with string keys. */
export class GoMap {
  readonly type: GoType
  readonly entries: Entries

  constructor(type: GoType, entries: Entries) {
    this.type = type
    this.entries = entries
  }
}

export class GoStruct {
  readonly type: GoType
  /** In the order of the type's fields. */
  readonly values: readonly Value[]

  constructor(type: GoType, values: readonly Value[]) {
    this.type = type
    this.values = values
  }
}

/** A time zone as `time.Time` carries it. */
export type Zone = {
  /** As Go prints the location: `UTC`, `Local`, `Europe/Berlin`, or empty for a fixed offset. */
  readonly name: string
  /** Offset east of UTC and abbreviation at a moment. */
  at(unixSeconds: number): { readonly offsetSeconds: number; readonly abbreviation: string }
}

/** `time.Time`: seconds since 1970 (exact, may be negative) and nanoseconds 0 to 999,999,999. */
export class GoTime {
  readonly type: GoType
  readonly seconds: number
  readonly nanos: number
  readonly zone: Zone

  constructor(type: GoType, seconds: number, nanos: number, zone: Zone) {
    this.type = type
    this.seconds = seconds
    this.nanos = nanos
    this.zone = zone
  }
}

export class GoPointer {
  readonly type: GoType
  readonly target: Value

  constructor(type: GoType, target: Value) {
    this.type = type
    this.target = target
  }
}

/** A function as a value, for `call`. */
export class GoFunc {
  readonly name: string
  readonly type: GoType
  readonly method: Method

  constructor(name: string, type: GoType, method: Method) {
    this.name = name
    this.type = type
    this.method = method
  }
}
