const widthOfLine = 100;

/**
 * Requires braces only if a body does not fit on the line of its head: `if (done) return;` has none.
 * The branches of an `else` share one form, which `curly` enforces.
 * @type {import('eslint').Rule.RuleModule}
 */
export const braces = {
  meta: {
    type: 'layout',
    fixable: 'code',
    schema: [],
    messages: { needless: 'The body fits on the line of its head: remove the braces.' },
  },
  create(context) {
    const { sourceCode } = context;

    /** @param {import('estree').Node} node @param {import('estree').Statement} body */
    const check = (node, body) => {
      if (body.type !== 'BlockStatement' || body.body.length !== 1) return;
      const [statement] = body.body;
      const isSimple = /^(Expression|Return|Throw|Continue|Break)/.test(statement.type);
      if (!isSimple || statement.loc.start.line !== statement.loc.end.line) return;
      if (sourceCode.getCommentsInside(body).length > 0) return;
      const before = sourceCode.getTokenBefore(body);
      if (before.loc.start.line !== node.loc.start.line) return;
      const text = sourceCode.getText(statement);
      if (before.loc.end.column + 1 + text.length > widthOfLine) return;
      context.report({
        node: body,
        messageId: 'needless',
        fix: (fixer) => fixer.replaceText(body, text),
      });
    };

    return {
      IfStatement(node) {
        const { parent, consequent, alternate } = node;
        if (parent.type === 'IfStatement' && parent.alternate === node) return;
        if (alternate === null || alternate === undefined) check(node, consequent);
      },
      ForStatement: (node) => check(node, node.body),
      ForOfStatement: (node) => check(node, node.body),
      WhileStatement: (node) => check(node, node.body),
    };
  },
};
