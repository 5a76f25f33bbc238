// tslab turns a name of an earlier cell into `exports.name`, but overlooks the shorthand property: in `{ steps }` the
// checker's symbol at the name is the new property, not the variable, and the cell ends with "steps is not defined".
import type * as TypeScriptModule from "@tslab/typescript-for-tslab";

type TypeScript = typeof TypeScriptModule;

/** The file in which tslab keeps the declarations of earlier cells. */
const EARLIER_CELLS = /(^|\/)__prev__\.d\.ts$/;

/**
 * Makes the converter see `{ steps }` as `{ steps: exports.steps }` where `steps` is of an earlier cell.
 * @param copy the TypeScript that only tslab's converter uses; two of its functions are wrapped
 */
export function expandShorthands(copy: TypeScript, typescript: TypeScript): void {
  const { factory } = typescript;
  let checker: () => TypeScriptModule.TypeChecker | undefined = () => undefined;
  copy.createWatchProgram = ((host: Parameters<TypeScript["createWatchProgram"]>[0]) => {
    const watch = typescript.createWatchProgram<TypeScriptModule.BuilderProgram>(host);
    checker = () => watch.getProgram().getProgram().getTypeChecker();
    return watch;
  }) as TypeScript["createWatchProgram"];

  const isOfEarlierCell = (node: TypeScriptModule.ShorthandPropertyAssignment): boolean =>
    (checker()?.getShorthandAssignmentValueSymbol(node)?.declarations ?? []).some((declaration) =>
      EARLIER_CELLS.test(declaration.getSourceFile().fileName),
    );
  copy.visitEachChild = (node: TypeScriptModule.Node, visitor: TypeScriptModule.Visitor, ...rest: unknown[]) => {
    const visit: TypeScriptModule.Visitor = (child) => {
      if (!typescript.isShorthandPropertyAssignment(child) || !isOfEarlierCell(child)) return visitor(child);
      const variable = factory.createPropertyAccessExpression(factory.createIdentifier("exports"), child.name);
      // ({ a = 1 } = value): the default belongs to the place that is assigned.
      const initial = child.objectAssignmentInitializer;
      const value = initial
        ? factory.createAssignment(variable, visitor(initial) as TypeScriptModule.Expression)
        : variable;
      return typescript.setTextRange(factory.createPropertyAssignment(child.name, value), child);
    };
    return (typescript.visitEachChild as (...all: unknown[]) => unknown)(node, visit, ...rest);
  };
}
