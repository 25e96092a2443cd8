export function ExplorerPage() { return <p>soon</p> }
