// The component's exports: nothing to change here.
import { component } from "../sdk/component.js";
import * as rule from "./rule.js";

const exported = component(rule);

export const describe = exported.describe;
export const configure = exported.configure;
export const evaluate = exported.evaluate;
export const evaluatePacked = exported.evaluatePacked;
